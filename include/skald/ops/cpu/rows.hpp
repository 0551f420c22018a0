// Row-wise kernels in wide registers: norms, activations, sums.
#pragma once
#include <cmath>

#include "skald/backend/cpu_features.hpp"
#include "skald/ops/cpu/avx2/activation.hpp"
#include "skald/ops/cpu/avx512/activation.hpp"
#include "skald/ops/cpu/neon/activation.hpp"
#include "skald/ops/cpu/simd.hpp"
#include "skald/ops/reference/kernels.hpp"

namespace skald::inline SKALD_ABI {

namespace simd {

inline Floats sigmoid(Floats x) { return Floats(1.0f) / (Floats(1.0f) + xsimd::exp(-x)); }

/// activate_one for a register.
inline Floats activate(Activation kind, Floats x) {
  const Floats half(0.5f), one(1.0f), zero(0.0f);
  switch (kind) {
    case Activation::identity: return x;
    case Activation::gelu: return x * half * (one + xsimd::erf(x * Floats(0.70710678118654752f)));
    case Activation::gelu_tanh:
      return half * x * (one + xsimd::tanh(Floats(0.79788456080286536f) * (x + Floats(0.044715f) * x * x * x)));
    case Activation::gelu_fast:
      return half * x * (one + xsimd::tanh(Floats(0.7978845608f) * x * (one + Floats(0.044715f) * x * x)));
    case Activation::quick_gelu: return x * sigmoid(Floats(1.702f) * x);
    case Activation::silu: return x * sigmoid(x);
    case Activation::relu: return xsimd::max(x, zero);
    case Activation::relu_squared: {
      const Floats positive = xsimd::max(x, zero);
      return positive * positive;
    }
    case Activation::tanh: return xsimd::tanh(x);
  }
  return x;
}

}  // namespace simd

struct CpuRows : ReferenceNorm, ReferenceActivation, ReferenceElementwise {
  /// f(row) for every row.
  template <class Q, class F>
  static void for_rows(Q& q, index_t rows, index_t cols, F&& f) {
    const index_t at_once = std::max<index_t>(1, 16384 / std::max<index_t>(1, cols));
    q.parallel((rows + at_once - 1) / at_once, rows * cols, [&](index_t part, index_t) {
      for (index_t i = part * at_once; i < std::min(rows, (part + 1) * at_once); ++i) f(i);
    });
  }

  /// f(row, first column, count) for all numbers, each of which takes as long as `each` multiply-adds. A wide row goes
  /// over the threads, too; pieces are whole registers, so they change no number.
  template <class Q, class F>
  static void for_pieces(Q& q, index_t rows, index_t cols, index_t each, F&& f) {
    constexpr index_t piece = 1024;
    const index_t a_row = (cols + piece - 1) / piece;
    q.parallel(rows * a_row, rows * cols * each, [&](index_t part, index_t) {
      const index_t first = part % a_row * piece;
      f(part / a_row, first, std::min(piece, cols - first));
    });
  }

  template <class K, class Q, class F, class Space>
  static void norm(Q& q, F fact, const float* weight, const float* bias, index_t weight_rows, MatrixView<Space> x,
                   MatrixView<Space> y) {
    using simd::Floats;
    const NormSpec& spec = fact.get();
    const index_t dim = x.cols;
    for_rows(q, x.rows, dim, [&](index_t i) {
      const float *in = x.row(i), *w = weight ? weight + i % weight_rows * dim : nullptr;
      float* out = y.row(i);
      if (spec.kind == NormKind::rms || spec.kind == NormKind::rms_plus_one) {
        const Floats scale(1.0f / std::sqrt(simd::dot(in, in, dim) / float(dim) + spec.eps));
        const Floats one(spec.kind == NormKind::rms_plus_one ? 1.0f : 0.0f);
        simd::transform(dim, out, [&](Floats v, Floats u) { return v * scale * (one + u); }, in, w);
        return;
      }
      const float mean = simd::reduce(dim, [](Floats acc, Floats v) { return acc + v; }, in) / float(dim);
      const Floats m(mean);
      // Centred first: the padding of a tail must not count as -mean.
      simd::transform(dim, out, [&](Floats v) { return v - m; }, in);
      const Floats scale(1.0f / std::sqrt(simd::dot(out, out, dim) / float(dim) + spec.eps));
      if (w && bias) {
        simd::transform(dim, out, [&](Floats v, Floats u, Floats b) { return xsimd::fma(v * scale, u, b); }, out, w,
                        bias);
      } else if (w) {
        simd::transform(dim, out, [&](Floats v, Floats u) { return v * scale * u; }, out, w);
      } else {
        simd::transform(dim, out, [&](Floats v) { return v * scale; }, out);
      }
    });
  }

  template <class K, class Q, class F, class Space>
  static void activate(Q& q, F fact, MatrixView<Space> x) {
    for_pieces(q, x.rows, x.cols, exponential, [&](index_t i, index_t first, index_t n) {
      float* const to = x.row(i) + first;
      if (!wide(q.features(), fact.get(), to, nullptr, n))
        simd::transform(n, to, [&](simd::Floats v) { return simd::activate(fact.get(), v); }, to);
    });
  }

  template <class K, class Q, class F, class Space>
  static void activate_gated(Q& q, F fact, MatrixView<Space> gate, MatrixView<Space> up) {
    for_pieces(q, gate.rows, gate.cols, exponential, [&](index_t i, index_t first, index_t n) {
      float* const to = gate.row(i) + first;
      const float* const by = up.row(i) + first;
      if (!wide(q.features(), fact.get(), to, by, n))
        simd::transform(n, to, [&](simd::Floats g, simd::Floats u) { return simd::activate(fact.get(), g) * u; }, to,
                        by);
    });
  }

  template <class K, class Q, class Space>
  static void add(Q& q, MatrixView<Space> x, float scale, MatrixView<Space> y) {
    for_rows(q, x.rows, x.cols, [&](index_t i) { simd::axpy(x.cols, scale, x.row(i), y.row(i)); });
  }

 private:
  static constexpr index_t exponential = 16;  ///< what an activation costs, in multiply-adds

  /// gelu and the activations that are x * sigmoid(a x + b x^3), where a level has them: (1 + tanh(u)) / 2 =
  /// sigmoid(2 u).
  static bool wide(const CpuFeatures& features, Activation kind, float* x, const float* up, index_t n) {
    [[maybe_unused]] float a = 0, b = 0;
    if (kind == Activation::silu) a = 1;
    if (kind == Activation::quick_gelu) a = 1.702f;
    if (kind == Activation::gelu_tanh || kind == Activation::gelu_fast) a = 1.5957691216f, b = a * 0.044715f;
#if defined(__x86_64__)
    if (kind == Activation::gelu && features.avx512) return detail::avx512::gelu(x, up, n), true;
    if (kind == Activation::gelu && features.avx2) return detail::avx2::gelu(x, up, n), true;
    if (a != 0 && features.avx512) return detail::avx512::times_sigmoid(x, up, n, a, b), true;
    if (a != 0 && features.avx2) return detail::avx2::times_sigmoid(x, up, n, a, b), true;
#elif defined(__aarch64__)
    if (a != 0 && features.neon) return detail::neon::times_sigmoid(x, up, n, a, b), true;
#endif
    return (void)features, (void)x, (void)up, (void)n, false;
  }
};

}  // namespace skald
