// A backend whose bits do not depend on the batch, the threads or the instruction set.
#pragma once
#include "skald/backend/backend.hpp"
#include "skald/ops/reference/kernels.hpp"

namespace skald::inline SKALD_ABI {

/// The plain kernels, each output in its own fixed order, spread over the queue's threads. Products add up in double:
/// a product of two floats is exact there, so it is all the same whether a compiler fuses it with the sum. The rest is
/// float32 in the order in which it stands; a program with -ffp-contract=off has the same bits for any -march, too.
struct ReproducibleKernels : ReferenceKernels {
  using ReferenceKernels::dot;

  static constexpr index_t strip = 16;   ///< outputs a thread takes at once

  /// Eight sums of every eighth product, added pairwise.
  template <class P>
  static float dot(std::type_identity<P>, const typename P::Parts& w, index_t cols, index_t row, const float* x) {
    constexpr index_t lanes = 8, chunk = 256;
    double sums[lanes] = {};
    float values[chunk], inputs[chunk];
    const detail::ProductParts<typename P::Parts> met(w);
    for (index_t c = 0; c < cols; c += chunk) {
      const index_t n = cols - c < chunk ? cols - c : chunk, whole = n / lanes * lanes;
      const float* from = x + c;
      if (detail::rounds_inputs(w)) detail::round_inputs(std::exchange(from, inputs), n, inputs);
      P::decode(met.parts, cols, row, c, values, n);
      for (index_t i = 0; i < whole; i += lanes)
        for (index_t j = 0; j < lanes; ++j) sums[j] += double(values[i + j]) * double(from[i + j]);
      for (index_t i = whole; i < n; ++i) sums[i - whole] += double(values[i]) * double(from[i]);
    }
    return float(((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7])));
  }

  template <class K, class Q, class Space, class... Sets>
  static void linear(Q& q, MatrixView<Space> x, const Product<Sets, Space>&... products) {
    const auto multiply = [&](const auto& product) {
      product.weight->visit([&](auto p, const auto& parts) {
        const index_t strips = (product.y.cols + strip - 1) / strip;
        spread(q, strips, x.rows * x.cols * product.y.cols, [&](index_t part, index_t) {
          const index_t last = (part + 1) * strip < product.y.cols ? (part + 1) * strip : product.y.cols;
          for (index_t o = part * strip; o < last; ++o)
            for (index_t i = 0; i < x.rows; ++i)
              product.y.row(i)[o] = K::dot(p, parts, x.cols, o, x.row(i)) + (product.bias ? product.bias[o] : 0.0f);
        });
      });
    };
    (multiply(products), ...);
  }

  template <class K, class Q, class F, class Rows, class Space>
  static void attention(Q& q, F fact, const Rows& rows, const AttentionCall<Space>& call) {
    ScratchScope scope(q);
    const std::int32_t heads = fact.get().heads;
    float* scores = q.template take<float>(q.workers() * call.context);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = rows[i];
      const index_t queries = index_t(row.count) * heads;
      spread(q, queries, 2 * queries * row.kv.length * fact.get().head_dim, [&](index_t part, index_t worker) {
        one_head(fact, call, row, std::int32_t(part / heads), std::int32_t(part % heads),
                 scores + worker * call.context);
      });
    }
  }

 private:
  template <class Q, class F>
  static void spread(Q& q, index_t parts, index_t cost, F&& f) {
    if constexpr (requires { q.parallel(parts, cost, f); }) q.parallel(parts, cost, f);
    else
      for (index_t part = 0; part < parts; ++part) f(part, index_t{0});
  }
};

/// `Reproducible<Cpu>{{.threads = 8}}`: the memory and threads of B, the kernels above. What it costs, the benches
/// print.
template <HeapBackend B>
  requires is_host<typename B::Space>
struct Reproducible : B {
  static constexpr const char* name = "reproducible";
  using Kernels = ReproducibleKernels;
};

}  // namespace skald
