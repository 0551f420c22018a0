// Products of few rows on AVX-512: numbers of one scale a row, widened to float in registers.
#pragma once
#include "skald/ops/cpu/avx512/registers.hpp"
#include "skald/ops/cpu/strip_kernel.hpp"
#include "skald/precision/dense.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")

/// Loaded once: GCC 12 would load it again for every use.
[[gnu::always_inline]] inline __m512 once(__m512 v) {
  __asm__("" : "+v"(v));
  return v;
}

// How 16 stored numbers become floats; `some` reads nothing beyond the lanes of its mask.
struct Floats32 {
  static constexpr index_t size = 4;
  [[gnu::always_inline]] static __m512 all(const std::byte* p) { return _mm512_loadu_ps(p); }
  [[gnu::always_inline]] static __m512 some(const std::byte* p, __mmask16 m) { return _mm512_maskz_loadu_ps(m, p); }
};
struct Halves {
  static constexpr index_t size = 2;
  [[gnu::always_inline]] static __m512 all(const std::byte* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  [[gnu::always_inline]] static __m512 some(const std::byte* p, __mmask16 m) {
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(m, p));
  }
};
struct UpperHalves {
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

/// total[r][m] += w[r] . x[m] for `n` numbers of R rows of weights, while `soon` is fetched. A sum is kept in four, of
/// every fourth 16 numbers, so that it does not wait for itself; where registers do not suffice, two at a time.
template <class F, int R, int M>
[[gnu::noinline]] void add_dots(const std::byte* const* w, const std::byte* const* soon, const float* x, index_t stride,
                                index_t n, __m512* const* total) {
  constexpr int width = R * M > 4 ? 2 : 4;
  __m512 sums[R][M];
#pragma GCC unroll 2
  for (int from = 0; from < 4; from += width) {
    __m512 acc[R][M][width];
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m)
#pragma GCC unroll 4
        for (int j = 0; j < width; ++j) acc[r][m][j] = _mm512_setzero_ps();
    index_t c = 0;
    for (; c + 64 <= n; c += 64) {
#pragma GCC unroll 2
      for (index_t r = 0; r < R; ++r)
#pragma GCC unroll 4
        for (index_t line = 0; line < F::size; ++line)
          if (width == 4 || (F::size == 1 ? r : line) % 2 == from / 2)  // half in either sweep
            _mm_prefetch(reinterpret_cast<const char*>(soon[r] + c * F::size + line * 64), _MM_HINT_T0);
#pragma GCC unroll 4
      for (int j = 0; j < width; ++j) {
        const index_t at = c + 16 * (from + j);
        __m512 values[R];
#pragma GCC unroll 2
        for (int r = 0; r < R; ++r) values[r] = F::all(w[r] + at * F::size);
#pragma GCC unroll 4
        for (int m = 0; m < M; ++m) {
          const __m512 loaded = _mm512_loadu_ps(x + m * stride + at), xs = R > 1 ? once(loaded) : loaded;
#pragma GCC unroll 2
          for (int r = 0; r < R; ++r) acc[r][m][j] = _mm512_fmadd_ps(values[r], xs, acc[r][m][j]);
        }
      }
    }
    if (c < n)
#pragma GCC unroll 4
      for (int j = 0; j < width; ++j) {
        const index_t at = c + 16 * (from + j);
        const __mmask16 mask = first_lanes(n - at);
#pragma GCC unroll 4
        for (int m = 0; m < M; ++m) {
          const __m512 xs = _mm512_maskz_loadu_ps(mask, x + m * stride + at);
#pragma GCC unroll 2
          for (int r = 0; r < R; ++r)
            acc[r][m][j] = _mm512_fmadd_ps(F::some(w[r] + at * F::size, mask), xs, acc[r][m][j]);
        }
      }
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m) {
        const __m512 pair = _mm512_add_ps(acc[r][m][0], acc[r][m][1]);
        if constexpr (width == 4)
          sums[r][m] = _mm512_add_ps(pair, _mm512_add_ps(acc[r][m][2], acc[r][m][3]));
        else sums[r][m] = from == 0 ? pair : _mm512_add_ps(sums[r][m], pair);
      }
  }
#pragma GCC unroll 2
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) total[r][m] = _mm512_add_ps(total[r][m], sums[r][m]);
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
      const std::byte* const from = w + c * F::size;
      const std::byte* const soon = from + StripTuning::ahead;
      __m512* const to = &total;
      add_dots<F, 1, 1>(&from, &soon, x + c, 0, n, &to);
    }
    y[o] = sum(total) * scale(o);
  }
}

/// StripKernel::multiply of several rows, up to four at once: blocks of outputs are taken piece by piece, so that the
/// pieces of x stay in the first-level cache, and two by two, so that they share what is loaded of x.
template <class F, class At, class Scale>
[[gnu::always_inline]] inline void multiply_rows(At at, Scale scale, index_t in, MatrixView<Host> x, index_t first,
                                                 index_t last, MatrixView<Host> y) {
  constexpr index_t block = StripTuning::block, depth = StripTuning::depth;
  constexpr index_t later = (StripTuning::ahead + depth * F::size - 1) / (depth * F::size);  // pieces
  __m512 total[block + 1][StripTuning::rows];  // the last for nobody: beside an odd output
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    for (index_t o = 0; o <= block; ++o)
      for (index_t i = 0; i < x.rows; ++i) total[o][i] = _mm512_setzero_ps();
    for (index_t c = 0; c < in; c += depth) {
      const index_t n = in - c < depth ? in - c : depth;
      for (index_t o = 0; o < outs; o += 2) {
        const bool both = o + 1 < outs;
        const std::byte* const w[2] = {at(from + o) + c * F::size, at(from + o + both) + c * F::size};
        // The same piece of rows to come, the next one of rows before, or the first of rows of the next block.
        const bool here = o + later + 1 < outs, end = c + n == in;
        const index_t skip = (here ? later * in : end ? later * in - c : n + (later - outs) * in) * F::size;
        index_t i = 0;
        for (int m = 4; m > 0; m /= 2)
          for (; i + m <= x.rows; i += m) {
            // What is fetched is spread over the time there is: a row of weights in each of two walks.
            const std::byte* const soon[2] = {i == 0 ? w[0] + skip : w[0], i > 0 || m == x.rows ? w[1] + skip : w[1]};
            __m512* const to[2] = {total[o] + i, total[both ? o + 1 : block] + i};
            const float* const xs = x.row(i) + c;
            if (m == 4) add_dots<F, 2, 4>(w, soon, xs, x.stride, n, to);
            else if (m == 2) add_dots<F, 2, 2>(w, soon, xs, x.stride, n, to);
            else add_dots<F, 2, 1>(w, soon, xs, x.stride, n, to);
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

}  // namespace detail::avx512

}  // namespace skald

#endif
