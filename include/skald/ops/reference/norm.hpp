// Layer and root-mean-square norms over the last dimension.
#pragma once
#include "skald/ops/reference/standard_math.hpp"
#include "skald/ops/reference/sum.hpp"
#include "skald/spec/facts.hpp"
#include "skald/tensor/matrix_view.hpp"

namespace skald::inline SKALD_ABI {

struct ReferenceNorm {
  /// layer: (x - mean) / sqrt(var + eps) * w + b (biased variance); rms: x / sqrt(mean(x^2) + eps) * w, or * (1 + w).
  /// Row i uses weight row i % weight_rows. x and y may be the same. Accumulates in float.        // [n, dim] -> [n,
  /// dim]
  template <class K, class Q, class F, class Space>
  static void norm(Q&, F fact, const float* weight, const float* bias, index_t weight_rows, MatrixView<Space> x,
                   MatrixView<Space> y) {
    const NormSpec& spec = fact.get();
    const index_t dim = x.cols;
    for (index_t i = 0; i < x.rows; ++i) {
      const float* in = x.row(i);
      float* out = y.row(i);
      const float* w = weight ? weight + i % weight_rows * dim : nullptr;
      if (spec.kind == NormKind::rms || spec.kind == NormKind::rms_plus_one) {
        const float squares = chunked_sum(dim, [&](index_t c) { return in[c] * in[c]; });
        const float scale = 1.0f / math_of<K>::sqrt(squares / float(dim) + spec.eps);
        const float one = spec.kind == NormKind::rms_plus_one ? 1.0f : 0.0f;
        for (index_t c = 0; c < dim; ++c) out[c] = in[c] * scale * (one + w[c]);
      } else {
        const float mean = chunked_sum(dim, [&](index_t c) { return in[c]; }) / float(dim);
        const float squares = chunked_sum(dim, [&](index_t c) { return (in[c] - mean) * (in[c] - mean); });
        const float scale = 1.0f / math_of<K>::sqrt(squares / float(dim) + spec.eps);
        for (index_t c = 0; c < dim; ++c)
          out[c] = (in[c] - mean) * scale * (w ? w[c] : 1.0f) + (bias ? bias[c] : 0.0f);
      }
    }
  }
};

}  // namespace skald
