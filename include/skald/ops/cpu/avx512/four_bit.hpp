// Products of few rows on AVX-512: nf4 and fp4, exact in float. A code is an index of vpermps, which reads its lowest
// four bits alone, so a shift a code is all the unpacking; x is permuted instead of the weights.
#pragma once
#include "skald/ops/cpu/avx512/dense.hpp"
#include "skald/ops/cpu/block_scales.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")

/// total[m] += w . x[m] for 128 codes with the scales of their halves.
template <int M>
[[gnu::always_inline]] inline void add_codes(__m512i codes, __m512 scale, __m512 book, const float* x, index_t stride,
                                             __m512* total) {
  __m512 even[M], odd[M];
#pragma GCC unroll 8
  for (unsigned s = 0; s < 8; s += 2) {
    const __m512 a = _mm512_permutexvar_ps(s ? _mm512_srli_epi32(codes, 4 * s) : codes, book);
    const __m512 b = _mm512_permutexvar_ps(_mm512_srli_epi32(codes, 4 * s + 4), book);
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) {
      const __m512 xa = _mm512_loadu_ps(x + m * stride + 16 * s), xb = _mm512_loadu_ps(x + m * stride + 16 * s + 16);
      even[m] = s ? _mm512_fmadd_ps(a, xa, even[m]) : _mm512_mul_ps(a, xa);
      odd[m] = s ? _mm512_fmadd_ps(b, xb, odd[m]) : _mm512_mul_ps(b, xb);
    }
  }
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m) total[m] = _mm512_fmadd_ps(_mm512_add_ps(even[m], odd[m]), scale, total[m]);
}

/// total[m] += w . x[m] for `count` groups, while `soon` is fetched.
template <int M>
[[gnu::always_inline]] inline void add_groups(const std::byte* w, const std::byte* soon, const std::byte* scales,
                                              __m512 book, const float* x, index_t stride, index_t count,
                                              __m512* total) {
  index_t g = 0;
  for (; g + 2 <= count; g += 2) {
    _mm_prefetch(reinterpret_cast<const char*>(soon + g * 32), _MM_HINT_T0);
    const __m512 low = _mm512_set1_ps(load<float>(scales, g));
    const __m512 both = _mm512_mask_broadcastss_ps(low, 0xff00, _mm_set_ss(load<float>(scales, g + 1)));
    add_codes<M>(_mm512_loadu_si512(w + g * 32), both, book, x + g * scale_group, stride, total);
  }
  if (g < count) {  // half a register: the codes of the other half meet zeros
    const __m512 low = _mm512_maskz_broadcastss_ps(0x00ff, _mm_set_ss(load<float>(scales, g)));
    add_codes<M>(_mm512_maskz_loadu_epi64(0x0f, w + g * 32), low, book, x + g * scale_group, stride, total);
  }
}

/// One row: one linear walk.
inline void multiply_row(const FourBitParts& w, index_t in, const float* x, index_t first, index_t last, float* y) {
  const __m512 book = _mm512_loadu_ps(w.book);
  const index_t all = in / scale_group;
  BlockScales scales(w, w.rows(first) * all, all < groups_at_once ? all : groups_at_once);
  for (index_t o = first; o < last; ++o) {
    const index_t row = w.rows(o) * all, next = o + 1 < last ? w.rows(o + 1) * all : row;
    __m512 total = _mm512_setzero_ps();
    for (index_t g = 0; g < all; g += groups_at_once) {
      const index_t n = all - g < groups_at_once ? all - g : groups_at_once, then = g + n < all ? row + g + n : next;
      const index_t left = g + n < all ? all - g - n : all;
      const std::byte* const codes = w.codes + (row + g) * 32;
      add_groups<1>(codes, codes + StripTuning::ahead, scales.next(row + g, n, then, left < groups_at_once ? left : groups_at_once),
                    book, x + g * scale_group, 0, n, &total);
    }
    y[o] = sum(total);
  }
}

/// Several rows: blocks of outputs piece by piece, as multiply_rows() of dense.hpp.
inline void multiply_rows(const FourBitParts& w, index_t in, const float* x, index_t stride, index_t first,
                          index_t last, MatrixView<Host> y) {
  constexpr index_t block = StripTuning::block, depth = StripTuning::depth / scale_group, later = 8;
  const __m512 book = _mm512_loadu_ps(w.book);
  const index_t all = in / scale_group;
  __m512 total[block][StripTuning::rows];
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    for (index_t o = 0; o < outs; ++o)
      for (index_t i = 0; i < y.rows; ++i) total[o][i] = _mm512_setzero_ps();
    BlockScales scales(w, w.rows(from) * all, all < depth ? all : depth);
    for (index_t g = 0; g < all; g += depth) {
      const index_t n = all - g < depth ? all - g : depth, left = all - g - n;
      for (index_t o = 0; o < outs; ++o) {
        const index_t at = w.rows(from + o) * all + g;
        const index_t then = o + 1 < outs ? w.rows(from + o + 1) * all + g : left ? w.rows(from) * all + g + n : at;
        const index_t then_count = o + 1 < outs || !left ? n : left < depth ? left : depth;
        const std::byte* const codes = w.codes + at * 32;
        const std::byte* const soon = o + later < outs ? w.codes + (w.rows(from + o + later) * all + g) * 32
                                                       : codes + n * 32 - (outs - later) * all * 32;
        const std::byte* const s = scales.next(at, n, then, then_count);
        const float* const xs = x + g * scale_group;
        index_t i = 0;
        for (; i + 4 <= y.rows; i += 4) add_groups<4>(codes, soon, s, book, xs + i * stride, stride, n, total[o] + i);
        for (; i + 2 <= y.rows; i += 2) add_groups<2>(codes, soon, s, book, xs + i * stride, stride, n, total[o] + i);
        for (; i < y.rows; ++i) add_groups<1>(codes, soon, s, book, xs + i * stride, stride, n, total[o] + i);
      }
    }
    for (index_t i = 0; i < y.rows; ++i)
      for (index_t o = 0; o < outs; ++o) y.row(i)[from + o] = sum(total[o][i]);
  }
}

inline void multiply_four_bit(const FourBitParts& w, const StripRows& rows, index_t first, index_t last,
                              MatrixView<Host> y) {
  const auto* const x = reinterpret_cast<const float*>(rows.packed);
  if (rows.x.rows == 1) multiply_row(w, rows.x.cols, x, first, last, y.data);
  else multiply_rows(w, rows.x.cols, x, index_t(rows.packed_stride / sizeof(float)), first, last, y);
}

SKALD_TARGET_END

}  // namespace detail::avx512

}  // namespace skald

#endif
