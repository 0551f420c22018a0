// Products of few rows on AVX2: nf4 and fp4, exact in float. vpermps reads three bits of an index here, so a book is
// two tables, and the fourth bit picks; x is permuted instead of the weights.
#pragma once
#include "skald/ops/cpu/avx2/dense.hpp"
#include "skald/ops/cpu/block_scales.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma,f16c")

/// total[m] += w . x[m] for `count` groups, while `soon` is fetched. A register is one group; `x` as it is packed for
/// pairs of them.
template <int M>
[[gnu::noinline]] void add_groups(const std::byte* w, const std::byte* soon, const float* scales,
                                  const std::byte* book, const float* x, index_t stride, index_t count,
                                  __m256* total) {
  const __m256 low = Floats32::all(book, 0), high = Floats32::all(book, 1);
  __m256 sums[M];
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m) sums[m] = total[m];
  for (index_t g = 0; g < count; ++g) {
    _mm_prefetch(reinterpret_cast<const char*>(soon + g * 32), _MM_HINT_T0);
    const __m256i codes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w + g * 32));
    const float* const xs = x + g / 2 * 128 + g % 2 * 8;
    __m256 even[M], odd[M];
#pragma GCC unroll 8
    for (int s = 0; s < 8; ++s) {
      const __m256i index = s ? _mm256_srli_epi32(codes, 4 * s) : codes;
      const __m256 upper = _mm256_castsi256_ps(s < 7 ? _mm256_slli_epi32(codes, 28 - 4 * s) : codes);
      const __m256 value = _mm256_blendv_ps(_mm256_permutevar8x32_ps(low, index),
                                            _mm256_permutevar8x32_ps(high, index), upper);
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m) {
        const __m256 v = _mm256_loadu_ps(xs + m * stride + 16 * s);
        if (s % 2 == 0) even[m] = s ? _mm256_fmadd_ps(value, v, even[m]) : _mm256_mul_ps(value, v);
        else odd[m] = s > 1 ? _mm256_fmadd_ps(value, v, odd[m]) : _mm256_mul_ps(value, v);
      }
    }
    const __m256 scale = _mm256_set1_ps(scales[g]);
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) sums[m] = _mm256_fmadd_ps(_mm256_add_ps(even[m], odd[m]), scale, sums[m]);
  }
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m) total[m] = sums[m];
}

inline void multiply_four_bit(const FourBitParts& w, const StripRows& rows, index_t first, index_t last,
                              MatrixView<Host> y) {
  constexpr index_t block = StripTuning::block, later = 8;
  const auto* const x = reinterpret_cast<const float*>(rows.packed);
  const index_t stride = index_t(rows.packed_stride / sizeof(float)), all = rows.x.cols / scale_group;
  // What is summed at once changes no order, so a piece may be as deep as the first-level cache allows.
  const index_t depth = y.rows > 4 ? groups_at_once / 8 : y.rows > 2 ? groups_at_once / 4 : groups_at_once / 2;
  alignas(32) float scales[groups_at_once];
  __m256 total[block][StripTuning::rows];
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    for (index_t o = 0; o < outs; ++o)
      for (index_t i = 0; i < y.rows; ++i) total[o][i] = _mm256_setzero_ps();
    for (index_t g = 0; g < all; g += depth) {
      const index_t n = all - g < depth ? all - g : depth;
      for (index_t o = 0; o < outs; ++o) {
        const index_t at = w.rows(from + o) * all + g;
        fill_scales(w, at, n, scales);
        const std::byte* const codes = w.codes + at * 32;
        const bool end = g + n == all;
        const index_t skip = o + later < outs ? later * all : end ? later * all - g : n + (later - outs) * all;
        const std::byte* const soon = codes + skip * 32;
        index_t i = 0;
        for (int m = 4; m > 0; m /= 2)
          for (; i + m <= y.rows; i += m) {
            const float* const xs = x + g * scale_group + i * stride;
            if (m == 4) add_groups<4>(codes, soon, scales, w.book, xs, stride, n, total[o] + i);
            else if (m == 2) add_groups<2>(codes, soon, scales, w.book, xs, stride, n, total[o] + i);
            else add_groups<1>(codes, soon, scales, w.book, xs, stride, n, total[o] + i);
          }
      }
    }
    for (index_t i = 0; i < y.rows; ++i)
      for (index_t o = 0; o < outs; ++o) y.row(i)[from + o] = sum(total[o][i]);
  }
}

SKALD_TARGET_END

}  // namespace detail::avx2

}  // namespace skald

#endif
