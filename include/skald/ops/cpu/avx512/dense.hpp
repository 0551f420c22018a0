// Products of few rows on AVX-512: numbers of one scale a row, widened to float in registers.
#pragma once
#include "skald/ops/cpu/intrinsics.hpp"
#include "skald/ops/cpu/strip_kernel.hpp"
#include "skald/precision/dense.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")

/// Always the same tree, which _mm512_reduce_add_ps does not promise.
[[gnu::always_inline]] inline float sum(__m512 v) {
  const __m256 a = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
  const __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 c = _mm_add_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
}

/// The lowest n of 16 lanes; all from 16 on, none below 1.
[[gnu::always_inline]] inline __mmask16 first_lanes(index_t n) {
  return n >= 16 ? __mmask16(0xffff) : n <= 0 ? __mmask16(0) : __mmask16((1u << n) - 1u);
}

// How 16 stored numbers become floats; `some` reads nothing beyond the lanes of its mask.
struct Floats32 {
  using Precision = fp32;
  static constexpr index_t size = 4;
  [[gnu::always_inline]] static __m512 all(const std::byte* p) { return _mm512_loadu_ps(p); }
  [[gnu::always_inline]] static __m512 some(const std::byte* p, __mmask16 m) { return _mm512_maskz_loadu_ps(m, p); }
};
struct Halves {
  using Precision = fp16;
  static constexpr index_t size = 2;
  [[gnu::always_inline]] static __m512 all(const std::byte* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  [[gnu::always_inline]] static __m512 some(const std::byte* p, __mmask16 m) {
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(m, p));
  }
};
struct UpperHalves {
  using Precision = bf16;
  static constexpr index_t size = 2;
  [[gnu::always_inline]] static __m512 widen(__m256i v) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(v), 16));
  }
  [[gnu::always_inline]] static __m512 all(const std::byte* p) {
    return widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  [[gnu::always_inline]] static __m512 some(const std::byte* p, __mmask16 m) {
    return widen(_mm256_maskz_loadu_epi16(m, p));
  }
};

/// total[m] += w . x[m] for `n` numbers, while `soon` is fetched. Four accumulators each, so that sums of one row do
/// not wait for themselves.
template <class F, int M>
[[gnu::always_inline]] inline void add_dots(const std::byte* w, const std::byte* soon, const float* x, index_t stride,
                                            index_t n, __m512* total) {
  __m512 acc[M][4];
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m)
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) acc[m][j] = _mm512_setzero_ps();
  index_t c = 0;
  for (; c + 64 <= n; c += 64) {
#pragma GCC unroll 4
    for (index_t line = 0; line < F::size; ++line)
      _mm_prefetch(reinterpret_cast<const char*>(soon + c * F::size + line * 64), _MM_HINT_T0);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const __m512 values = F::all(w + (c + 16 * j) * F::size);
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m)
        acc[m][j] = _mm512_fmadd_ps(values, _mm512_loadu_ps(x + m * stride + c + 16 * j), acc[m][j]);
    }
  }
  if (c < n)
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const __mmask16 mask = first_lanes(n - c - 16 * j);
      const __m512 values = F::some(w + (c + 16 * j) * F::size, mask);
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m)
        acc[m][j] = _mm512_fmadd_ps(values, _mm512_maskz_loadu_ps(mask, x + m * stride + c + 16 * j), acc[m][j]);
    }
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m)
    total[m] = _mm512_add_ps(total[m], _mm512_add_ps(_mm512_add_ps(acc[m][0], acc[m][1]),
                                                     _mm512_add_ps(acc[m][2], acc[m][3])));
}

/// StripKernel::multiply of one row: one linear walk. `at(o)` is where row o lies, `scale(o)` what its sum is times.
template <class F, class At, class Scale>
[[gnu::always_inline]] inline void multiply_row(At at, Scale scale, index_t in, const float* x, index_t first,
                                                index_t last, float* y) {
  for (index_t o = first; o < last; ++o) {
    const std::byte* const w = at(o);
    __m512 total = _mm512_setzero_ps();
    for (index_t c = 0; c < in; c += StripTuning::depth) {
      const index_t n = in - c < StripTuning::depth ? in - c : StripTuning::depth;
      add_dots<F, 1>(w + c * F::size, w + c * F::size + StripTuning::ahead, x + c, 0, n, &total);
    }
    y[o] = sum(total) * scale(o);
  }
}

/// StripKernel::multiply of several rows, up to four at once: blocks of outputs are taken piece by piece, so that the
/// pieces of x stay in the first-level cache.
template <class F, class At, class Scale>
[[gnu::always_inline]] inline void multiply_rows(At at, Scale scale, index_t in, MatrixView<Host> x, index_t first,
                                                 index_t last, MatrixView<Host> y) {
  constexpr index_t block = StripTuning::block, depth = StripTuning::depth;
  constexpr index_t later = (StripTuning::ahead + depth * F::size - 1) / (depth * F::size);  // pieces
  __m512 total[block][StripTuning::rows];
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    for (index_t o = 0; o < outs; ++o)
      for (index_t i = 0; i < x.rows; ++i) total[o][i] = _mm512_setzero_ps();
    for (index_t c = 0; c < in; c += depth) {
      const index_t n = in - c < depth ? in - c : depth;
      for (index_t o = 0; o < outs; ++o) {
        const std::byte* const w = at(from + o) + c * F::size;
        const std::byte* const soon =
            o + later < outs ? at(from + o + later) + c * F::size : w + n * F::size + (later - outs) * in * F::size;
        index_t i = 0;
        for (; i + 4 <= x.rows; i += 4) add_dots<F, 4>(w, soon, x.row(i) + c, x.stride, n, total[o] + i);
        for (; i + 2 <= x.rows; i += 2) add_dots<F, 2>(w, soon, x.row(i) + c, x.stride, n, total[o] + i);
        for (; i < x.rows; ++i) add_dots<F, 1>(w, soon, x.row(i) + c, x.stride, n, total[o] + i);
      }
    }
    for (index_t i = 0; i < x.rows; ++i)
      for (index_t o = 0; o < outs; ++o) y.row(i)[from + o] = sum(total[o][i]) * scale(from + o);
  }
}

template <class F>
inline void multiply_dense(const DenseParts& w, const StripRows& rows, index_t first, index_t last, MatrixView<Host> y) {
  const auto at = [&](index_t o) { return w.data + w.rows(o) * w.row_stride * F::size; };
  const auto one = [](index_t) { return 1.0f; };
  if (rows.x.rows == 1) multiply_row<F>(at, one, rows.x.cols, rows.x.data, first, last, y.data);
  else multiply_rows<F>(at, one, rows.x.cols, rows.x, first, last, y);
}

SKALD_TARGET_END

}  // namespace detail::avx512

}  // namespace skald

#endif
