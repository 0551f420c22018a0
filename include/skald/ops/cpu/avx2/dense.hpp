// Products of few rows on AVX2: numbers of one scale a row, widened to float in registers.
#pragma once
#include "skald/ops/cpu/avx2/registers.hpp"
#include "skald/ops/cpu/strip_kernel.hpp"
#include "skald/precision/dense.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma,f16c")

// How 8 stored numbers become floats.
struct Floats32 {
  static constexpr index_t size = 4;
  [[gnu::always_inline]] static __m256 all(const std::byte* p) {
    return _mm256_castsi256_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
};
struct Halves {
  static constexpr index_t size = 2;
  [[gnu::always_inline]] static __m256 all(const std::byte* p) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
};
struct UpperHalves {
  static constexpr index_t size = 2;
  [[gnu::always_inline]] static __m256 all(const std::byte* p) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(v), 16));
  }
};

/// acc[m][j] += w . x[m] for vectors from, from + 1, ... of 64 numbers.
template <class F, int M, int Width>
[[gnu::always_inline]] inline void add_step(const std::byte* w, const float* x, index_t stride, int from,
                                            __m256 (&acc)[M][Width]) {
#pragma GCC unroll 8
  for (int j = 0; j < Width; ++j) {
    const index_t at = 8 * (from + j);
    const __m256 values = F::all(w + at * F::size);
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m)
      acc[m][j] = _mm256_fmadd_ps(values, _mm256_loadu_ps(x + m * stride + at), acc[m][j]);
  }
}

/// total[m] += w . x[m] for `n` numbers, while `soon` is fetched. A sum is kept in eight, of every eighth 8 numbers, so
/// that it does not wait for itself; where registers do not suffice, a few at a time.
template <class F, int M>
[[gnu::noinline]] void add_dots(const std::byte* w, const std::byte* soon, const float* x, index_t stride, index_t n,
                                __m256* total) {
  constexpr int width = 8 / M;
  const index_t whole = n / 64 * 64, rest = n - whole;
  alignas(32) std::byte w_rest[64 * F::size];
  alignas(32) float x_rest[M][64];
  if (rest > 0) {  // nothing is read beyond the tensor
    for (std::byte& b : w_rest) b = std::byte(0);
    __builtin_memcpy(w_rest, w + whole * F::size, std::size_t(rest * F::size));
    for (int m = 0; m < M; ++m) {
      for (float& f : x_rest[m]) f = 0;
      __builtin_memcpy(x_rest[m], x + m * stride + whole, std::size_t(rest) * sizeof(float));
    }
  }
  __m256 sums[M][M];
#pragma GCC unroll 4
  for (int sweep = 0; sweep < M; ++sweep) {
    __m256 acc[M][width];
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m)
#pragma GCC unroll 8
      for (int j = 0; j < width; ++j) acc[m][j] = _mm256_setzero_ps();
    for (index_t c = 0; c < whole; c += 64) {
#pragma GCC unroll 4
      for (index_t line = sweep; line < F::size; line += M)  // a part in every sweep
        _mm_prefetch(reinterpret_cast<const char*>(soon + c * F::size + line * 64), _MM_HINT_T0);
      add_step<F, M, width>(w + c * F::size, x + c, stride, sweep * width, acc);
    }
    if (rest > 0) add_step<F, M, width>(w_rest, x_rest[0], 64, sweep * width, acc);
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) {  // always the same tree
      __m256 v = _mm256_add_ps(acc[m][0], acc[m][1]);
      if constexpr (width > 2) v = _mm256_add_ps(v, _mm256_add_ps(acc[m][2], acc[m][3]));
      if constexpr (width > 4)
        v = _mm256_add_ps(v, _mm256_add_ps(_mm256_add_ps(acc[m][4], acc[m][5]), _mm256_add_ps(acc[m][6], acc[m][7])));
      sums[m][sweep] = v;
    }
  }
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m) {
    __m256 v = sums[m][0];
    if constexpr (M > 1) v = _mm256_add_ps(v, sums[m][1]);
    if constexpr (M > 2) v = _mm256_add_ps(v, _mm256_add_ps(sums[m][2], sums[m][3]));
    total[m] = _mm256_add_ps(total[m], v);
  }
}

/// StripKernel::multiply of one row: one linear walk. `at(o)` is where row o lies, `scale(o)` what its sum is times.
template <class F, class At, class Scale>
[[gnu::always_inline]] inline void multiply_row(At at, Scale scale, index_t in, const float* x, index_t first,
                                                index_t last, float* y) {
  for (index_t o = first; o < last; ++o) {
    const std::byte* const w = at(o);
    __m256 total = _mm256_setzero_ps();
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
  __m256 total[block][StripTuning::rows];
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    for (index_t o = 0; o < outs; ++o)
      for (index_t i = 0; i < x.rows; ++i) total[o][i] = _mm256_setzero_ps();
    for (index_t c = 0; c < in; c += depth) {
      const index_t n = in - c < depth ? in - c : depth;
      for (index_t o = 0; o < outs; ++o) {
        const std::byte* const w = at(from + o) + c * F::size;
        // The same piece of a row to come, the next one of a row before, or the first of a row of the next block.
        const bool end = c + n == in;
        const index_t skip = o + later < outs ? later * in : end ? later * in - c : n + (later - outs) * in;
        const std::byte* const soon = w + skip * F::size;
        index_t i = 0;
        for (int m = 4; m > 0; m /= 2)
          for (; i + m <= x.rows; i += m) {
            const float* const xs = x.row(i) + c;
            if (m == 4) add_dots<F, 4>(w, soon, xs, x.stride, n, total[o] + i);
            else if (m == 2) add_dots<F, 2>(w, soon, xs, x.stride, n, total[o] + i);
            else add_dots<F, 1>(w, soon, xs, x.stride, n, total[o] + i);
          }
      }
    }
    for (index_t i = 0; i < x.rows; ++i)
      for (index_t o = 0; o < outs; ++o) y.row(i)[from + o] = sum(total[o][i]) * scale(from + o);
  }
}

template <class F>
inline void multiply_dense(const DenseParts& w, const StripRows& rows, index_t first, index_t last,
                           MatrixView<Host> y) {
  const auto at = [&](index_t o) { return w.data + w.rows(o) * w.row_stride * F::size; };
  const auto one = [](index_t) { return 1.0f; };
  if (rows.x.rows == 1) multiply_row<F>(at, one, rows.x.cols, rows.x.data, first, last, y.data);
  else multiply_rows<F>(at, one, rows.x.cols, rows.x, first, last, y);
}

SKALD_TARGET_END

}  // namespace detail::avx2

}  // namespace skald

#endif
