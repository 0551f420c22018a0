// Products of few rows on AVX2: numbers of one scale a row, widened to float in registers.
#pragma once
#include "skald/ops/cpu/avx2/registers.hpp"
#include "skald/ops/cpu/strip_kernel.hpp"
#include "skald/precision/dense.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma,f16c")

// How eight stored numbers become floats, times `unit`.
struct Floats32 {
  static constexpr index_t size = 4;
  static constexpr float unit = 1;
  [[gnu::always_inline]] static __m256 all(const std::byte* p) {
    return _mm256_castsi256_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
};
struct Halves {
  static constexpr index_t size = 2;
  static constexpr float unit = 1;
  [[gnu::always_inline]] static __m256 all(const std::byte* p) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
};
struct UpperHalves {
  static constexpr index_t size = 2;
  static constexpr float unit = 1;
  [[gnu::always_inline]] static __m256 all(const std::byte* p) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(v), 16));
  }
};

/// Numbers 8 j ... 8 j + 7; a format that is better loaded by sixteen has an overload.
template <class F>
[[gnu::always_inline]] inline __m256 numbers(F, const std::byte* p, int j) {
  return F::all(p + 8 * j * F::size);
}

/// Loaded once: GCC 12 would load it again for every use.
[[gnu::always_inline]] inline __m256 once(__m256 v) {
  __asm__("" : "+x"(v));
  return v;
}

/// total[r][m] = w[r] . x[m], or more of it, for `n` numbers, a multiple of 64, of R rows of weights, which share what
/// is loaded of x; meanwhile `soon` is fetched. A sum is kept in four, of every fourth 8 numbers, so that it does
/// not wait for itself; where registers do not suffice, two or one at a time.
template <class F, int R, int M>
[[gnu::noinline]] void add_dots(const std::byte* const* w, const std::byte* const* soon, const float* x, index_t stride,
                                index_t n, bool more, __m256* const* total) {
  constexpr int width = 4 / M, lines = R * int(F::size);  // of 64 numbers
  __m256 sums[R][M];
#pragma GCC unroll 1
  for (int from = 0; from < 4; from += width) {
    __m256 acc[R][M][width];
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m)
#pragma GCC unroll 4
        for (int j = 0; j < width; ++j) acc[r][m][j] = _mm256_setzero_ps();
    const float* const xs = x + 8 * from;
    for (index_t c = 0; c < n; c += 64) {
#pragma GCC unroll 8
      for (int k = 0; k < lines; k += 4 / width) {  // a part in every sweep
        const int line = k + from / width;
        if (line < lines)
          _mm_prefetch(reinterpret_cast<const char*>(soon[line % R] + c * F::size + line / R * 64), _MM_HINT_T0);
      }
#pragma GCC unroll 2
      for (int half = 0; half < 8; half += 4)
#pragma GCC unroll 4
        for (int j = 0; j < width; ++j) {
          const int at = half + j;
          __m256 values[R];
#pragma GCC unroll 2
          for (int r = 0; r < R; ++r) {
            const std::byte* const p = w[r] + (c + 8 * from) * F::size;
            values[r] = width > 1 ? numbers(F{}, p, at) : F::all(p + 8 * at * F::size);
          }
#pragma GCC unroll 4
          for (int m = 0; m < M; ++m) {
            const __m256 loaded = _mm256_loadu_ps(xs + m * stride + c + 8 * at), v = R > 1 ? once(loaded) : loaded;
#pragma GCC unroll 2
            for (int r = 0; r < R; ++r) acc[r][m][j] = _mm256_fmadd_ps(values[r], v, acc[r][m][j]);
          }
        }
    }
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m)
#pragma GCC unroll 4
        for (int j = 0; j < width; ++j)  // always one after the other
          sums[r][m] = from + j == 0 ? acc[r][m][j] : _mm256_add_ps(sums[r][m], acc[r][m][j]);
  }
#pragma GCC unroll 2
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) total[r][m] = more ? _mm256_add_ps(total[r][m], sums[r][m]) : sums[r][m];
}

/// The last numbers of a row, fewer than 64, and zeros: nothing is read beyond a tensor.
[[gnu::noinline]] inline void fill_up(const void* from, index_t bytes, index_t room, void* to) {
  __builtin_memset(to, 0, std::size_t(room));
  __builtin_memcpy(to, from, std::size_t(bytes));
}

/// StripKernel::multiply of one row: one linear walk. `at(o)` is where row o lies.
template <class F, class At>
[[gnu::always_inline]] inline void multiply_row(At at, index_t in, const float* x, index_t first, index_t last,
                                                float* y) {
  const index_t rest = in % 64, whole = in - rest;
  alignas(32) std::byte w_rest[64 * F::size];
  alignas(32) float x_rest[64];
  fill_up(x + whole, rest * 4, 64 * 4, x_rest);
  const std::byte* const end = w_rest;
  for (index_t o = first; o < last; ++o) {
    const std::byte* const row = at(o);
    __m256 total;
    __m256* const to = &total;
    for (index_t c = 0; c < whole; c += StripTuning::depth) {
      const index_t n = whole - c < StripTuning::depth ? whole - c : StripTuning::depth;
      const std::byte *const w = row + c * F::size, *const soon = w + StripTuning::ahead;
      add_dots<F, 1, 1>(&w, &soon, x + c, 0, n, c > 0, &to);
    }
    if (rest > 0) {
      fill_up(row + whole * F::size, rest * F::size, 64 * F::size, w_rest);
      add_dots<F, 1, 1>(&end, &row, x_rest, 0, 64, whole > 0, &to);
    }
    y[o] = sum(total);
  }
}

/// StripKernel::multiply, up to four rows at once: blocks of outputs are taken piece by piece, so that the pieces of x
/// stay in the first-level cache, and two by two. `at(o)` is where row o lies, `scale(o)` what its sum is times.
template <class F, class At, class Scale>
[[gnu::always_inline]] inline void multiply_rows(At at, Scale scale, index_t in, MatrixView<Host> x, index_t first,
                                                 index_t last, MatrixView<Host> y) {
  constexpr index_t most = StripTuning::block, depth = StripTuning::depth;
  constexpr index_t later = (StripTuning::ahead + depth * F::size - 1) / (depth * F::size);  // pieces
  const index_t block = x.rows == 1 ? 2 : most;  // one row of x needs no cache: two linear walks
  const index_t rest = in % 64, whole = in - rest;
  alignas(32) std::byte w_rest[2][64 * F::size];
  alignas(32) float x_rest[StripTuning::rows][64];
  if (rest > 0)
    for (index_t i = 0; i < x.rows; ++i) fill_up(x.row(i) + whole, rest * 4, 64 * 4, x_rest[i]);
  __m256 total[most + 1][StripTuning::rows];  // the last for nobody: beside an odd output
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    for (index_t c = 0, n = 0; c < in; c += n) {
      n = c == whole ? 64 : whole - c < depth ? whole - c : depth;
      for (index_t o = 0; o < outs; o += 2) {
        const bool both = o + 1 < outs;
        const std::byte* w[2] = {at(from + o) + c * F::size, at(from + o + both) + c * F::size};
        // The same piece of rows to come, the next one of rows before, or the first of rows of the next block.
        const bool here = o + later + 1 < outs, end = c + n >= in;
        const index_t skip = (here ? later * in : end ? later * in - c : n + (later - outs) * in) * F::size;
        const std::byte* const soon[2] = {w[0] + skip, w[1] + skip};
        if (c == whole)
          for (int r = 0; r < 2; ++r) {
            fill_up(w[r], rest * F::size, 64 * F::size, w_rest[r]);
            w[r] = w_rest[r];
          }
        for (index_t i = 0; i < x.rows; i += 4) {
          __m256* const to[2] = {total[o] + i, total[both ? o + 1 : most] + i};
          const auto add = x.rows - i > 3 ? add_dots<F, 2, 4> : x.rows - i > 2 ? add_dots<F, 2, 3>
                                        : x.rows - i > 1 ? add_dots<F, 2, 2> : add_dots<F, 2, 1>;
          add(w, soon, c == whole ? x_rest[i] : x.row(i) + c, c == whole ? 64 : x.stride, n, c > 0, to);
        }
      }
    }
    for (index_t i = 0; i < x.rows; ++i)
      for (index_t o = 0; o < outs; ++o) y.row(i)[from + o] = sum(total[o][i]) * F::unit * scale(from + o);
  }
}

template <class F>
inline void multiply_dense(const DenseParts& w, const StripRows& rows, index_t first, index_t last,
                           MatrixView<Host> y) {
  const auto at = [&](index_t o) { return w.data + w.rows(o) * w.row_stride * F::size; };
  const auto one = [](index_t) { return 1.0f; };
  if (rows.x.rows == 1) multiply_row<F>(at, rows.x.cols, rows.x.data, first, last, y.data);
  else multiply_rows<F>(at, one, rows.x.cols, rows.x, first, last, y);
}

SKALD_TARGET_END

}  // namespace detail::avx2

}  // namespace skald

#endif
