// Products of few rows on AVX2: numbers of one scale a row, widened to float in registers.
#pragma once
#include "skald/ops/cpu/avx2/registers.hpp"
#include "skald/ops/cpu/strip_kernel.hpp"
#include "skald/precision/dense.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma,f16c")

// How the eight stored numbers from p + 8 j on become floats, times `unit`; 16 of them may be read for an even j.
struct Floats32 {
  static constexpr index_t size = 4;
  static constexpr float unit = 1;
  [[gnu::always_inline]] static __m256 all(const std::byte* p, int j) {
    return _mm256_castsi256_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p) + j));
  }
};
struct Halves {
  static constexpr index_t size = 2;
  static constexpr float unit = 1;
  [[gnu::always_inline]] static __m256 all(const std::byte* p, int j) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p) + j));
  }
};
struct UpperHalves {
  static constexpr index_t size = 2;
  static constexpr float unit = 1;
  [[gnu::always_inline]] static __m256 all(const std::byte* p, int j) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p) + j);
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(v), 16));
  }
};

/// Loaded once: GCC 12 would load it again for every use.
[[gnu::always_inline]] inline __m256 once(__m256 v) {
  __asm__("" : "+x"(v));
  return v;
}

/// acc[r][m][j] += w[r] . x[m] for vectors from, from + 1, ... of every four, of 64 numbers.
template <class F, int R, int M, int Width>
[[gnu::always_inline]] inline void add_step(const std::byte* const* w, const float* x, index_t stride, int from,
                                            __m256 (&acc)[R][M][Width]) {
#pragma GCC unroll 2
  for (int half = 0; half < 8; half += 4)
#pragma GCC unroll 4
    for (int j = 0; j < Width; ++j) {
      const int at = half + from + j;
      __m256 values[R];
#pragma GCC unroll 2
      for (int r = 0; r < R; ++r) values[r] = F::all(w[r], at);
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m) {
        const __m256 xs = once(_mm256_loadu_ps(x + m * stride + 8 * at));
#pragma GCC unroll 2
        for (int r = 0; r < R; ++r) acc[r][m][j] = _mm256_fmadd_ps(values[r], xs, acc[r][m][j]);
      }
    }
}

/// total[r][m] = w[r] . x[m], or more of it, for `n` numbers of two rows of weights, which share what is loaded of x,
/// while `soon` is fetched. A sum is kept in four, of every fourth 8 numbers, so that it does not wait for itself; where registers do
/// not suffice, two or one at a time.
template <class F, int M>
[[gnu::noinline]] void add_dots(const std::byte* const* w, const std::byte* const* soon, const float* x, index_t stride,
                                index_t n, bool more, __m256* const* total) {
  constexpr int R = 2, width = 4 / M;
  const index_t whole = n / 64 * 64, rest = n - whole;
  alignas(32) std::byte w_rest[R][64 * F::size];
  alignas(32) float x_rest[M][64];
  if (rest > 0) {  // nothing is read beyond the tensor
    for (int r = 0; r < R; ++r) {
      for (std::byte& b : w_rest[r]) b = std::byte(0);
      __builtin_memcpy(w_rest[r], w[r] + whole * F::size, std::size_t(rest * F::size));
    }
    for (int m = 0; m < M; ++m) {
      for (float& f : x_rest[m]) f = 0;
      __builtin_memcpy(x_rest[m], x + m * stride + whole, std::size_t(rest) * sizeof(float));
    }
  }
  const std::byte* const last[R] = {w_rest[0], w_rest[1]};
  __m256 sums[R][M];
#pragma GCC unroll 4
  for (int from = 0; from < 4; from += width) {
    __m256 acc[R][M][width];
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m)
#pragma GCC unroll 4
        for (int j = 0; j < width; ++j) acc[r][m][j] = _mm256_setzero_ps();
    for (index_t c = 0; c < whole; c += 64) {
#pragma GCC unroll 2
      for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
        for (int line = 0; line < F::size; ++line)
          if ((R * line + r) % (4 / width) == from / width)  // a part in every sweep
            _mm_prefetch(reinterpret_cast<const char*>(soon[r] + c * F::size + line * 64), _MM_HINT_T0);
      const std::byte* const at[R] = {w[0] + c * F::size, w[1] + c * F::size};
      add_step<F>(at, x + c, stride, from, acc);
    }
    if (rest > 0) add_step<F>(last, x_rest[0], 64, from, acc);
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

/// StripKernel::multiply, up to four rows at once: blocks of outputs are taken piece by piece, so that the pieces of x
/// stay in the first-level cache, and two by two. `at(o)` is where row o lies, `scale(o)` what its sum is times.
template <class F, class At, class Scale>
[[gnu::always_inline]] inline void multiply_rows(At at, Scale scale, index_t in, MatrixView<Host> x, index_t first,
                                                 index_t last, MatrixView<Host> y) {
  constexpr index_t most = StripTuning::block, depth = StripTuning::depth;
  constexpr index_t later = (StripTuning::ahead + depth * F::size - 1) / (depth * F::size);  // pieces
  const index_t block = x.rows == 1 ? 2 : most;  // one row of x needs no cache: two linear walks
  __m256 total[most + 1][StripTuning::rows];     // the last for nobody: beside an odd output
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    for (index_t c = 0; c < in; c += depth) {
      const index_t n = in - c < depth ? in - c : depth;
      for (index_t o = 0; o < outs; o += 2) {
        const bool both = o + 1 < outs;
        const std::byte* const w[2] = {at(from + o) + c * F::size, at(from + o + both) + c * F::size};
        // The same piece of rows to come, the next one of rows before, or the first of rows of the next block.
        const bool here = o + later + 1 < outs, end = c + n == in;
        const index_t skip = (here ? later * in : end ? later * in - c : n + (later - outs) * in) * F::size;
        const std::byte* const soon[2] = {w[0] + skip, w[1] + skip};
        for (index_t i = 0; i < x.rows; i += 4) {
          __m256* const to[2] = {total[o] + i, total[both ? o + 1 : most] + i};
          const auto add = x.rows - i > 3 ? add_dots<F, 4> : x.rows - i > 2 ? add_dots<F, 3>
                                        : x.rows - i > 1 ? add_dots<F, 2> : add_dots<F, 1>;
          add(w, soon, x.row(i) + c, x.stride, n, c > 0, to);
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
  multiply_rows<F>(at, one, rows.x.cols, rows.x, first, last, y);
}

SKALD_TARGET_END

}  // namespace detail::avx2

}  // namespace skald

#endif
