// Products of few rows on AVX-512: nf4 and fp4. A code is an index of a permutation, which reads its lowest bits alone,
// so a shift a code is all the unpacking; x is permuted instead of the weights.
#pragma once
#include "skald/ops/cpu/avx512/dense.hpp"
#include "skald/ops/cpu/avx512/group_scales.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")

// What 128 codes become: `numbers(codes, shift, book)` are those that one shift brings to the bottom.

/// Eight registers of floats.
struct CodeFloats {
  static constexpr int shifts = 8;
  [[gnu::always_inline]] static __m512i book(const std::byte* p) { return _mm512_loadu_si512(p); }
  [[gnu::always_inline]] static __m512 numbers(__m512i codes, unsigned s, __m512i book) {
    return _mm512_permutexvar_ps(s ? _mm512_srli_epi32(codes, 4 * s) : codes, _mm512_castsi512_ps(book));
  }
  [[gnu::always_inline]] static __m512 first(__m512 w, __m512 x) { return _mm512_mul_ps(w, x); }
  [[gnu::always_inline]] static __m512 add(__m512 sum, __m512 w, __m512 x) { return _mm512_fmadd_ps(w, x, sum); }
};

/// Four registers of bf16 pairs. Five bits index the 32 words of a book: it stands there twice.
struct CodePairs {
  static constexpr int shifts = 4;
  [[gnu::always_inline]] static __m512i book(const std::byte* p) {  // floats that are bf16
    const __m256i once = _mm512_cvtepi32_epi16(_mm512_srli_epi32(_mm512_loadu_si512(p), 16));
    return _mm512_inserti64x4(_mm512_castsi256_si512(once), once, 1);
  }
  [[gnu::always_inline]] static __m512 numbers(__m512i codes, unsigned s, __m512i book) {
    return _mm512_castsi512_ps(_mm512_permutexvar_epi16(s ? _mm512_srli_epi16(codes, 4 * s) : codes, book));
  }
  [[gnu::always_inline]] static __m512 first(__m512 w, __m512 x) { return add(_mm512_setzero_ps(), w, x); }
  [[gnu::always_inline]] static __m512 add(__m512 sum, __m512 w, __m512 x) { return UpperHalfPairs::add(sum, w, x); }
};

/// total[m] += w . x[m] for 128 codes with the scales of their halves; x[m] moves on.
template <class F, int M>
[[gnu::always_inline]] inline void add_codes(__m512i codes, __m512 scale, __m512i book, const std::byte** x,
                                             __m512 (&total)[M]) {
  __m512 sums[M];
#pragma GCC unroll 8
  for (unsigned s = 0; s < unsigned(F::shifts); ++s) {
    const __m512 numbers = F::numbers(codes, s, book);
#pragma GCC unroll 8
    for (int m = 0; m < M; ++m) {
      const __m512 xs = _mm512_loadu_ps(x[m] + 64 * s);
      sums[m] = s ? F::add(sums[m], numbers, xs) : F::first(numbers, xs);
    }
  }
#pragma GCC unroll 8
  for (int m = 0; m < M; ++m) {
    total[m] = _mm512_fmadd_ps(sums[m], scale, total[m]);
    x[m] += 64 * F::shifts;
  }
}

/// total[m] += w . x[m] for `count` groups, while as many from `soon` on are fetched; of x there are `rows`, and the
/// last one goes for those behind.
template <class F, int M>
[[gnu::noinline]] void add_groups(const std::byte* w, const std::byte* soon, const std::byte* scales,
                                  const std::byte* book_at, const std::byte* x, index_t stride, index_t rows,
                                  index_t count, __m512* total) {
  const __m512i book = F::book(book_at);
  __m512 sums[M];
  const std::byte* at[M];
#pragma GCC unroll 8
  for (int m = 0; m < M; ++m) {
    sums[m] = total[m];
    at[m] = x + (m < rows ? m : rows - 1) * stride;
  }
  index_t g = 0;
  for (; g + 2 <= count; g += 2) {
    _mm_prefetch(reinterpret_cast<const char*>(soon + g * 32), _MM_HINT_T0);
    const __m512 low = _mm512_set1_ps(load<float>(scales, g));
    const __m512 scale = _mm512_mask_broadcastss_ps(low, 0xff00, _mm_set_ss(load<float>(scales, g + 1)));
    add_codes<F, M>(_mm512_loadu_si512(w + g * 32), scale, book, at, sums);
  }
  if (g < count) {  // half a register: the codes of the other half meet zeros
    const __m512 scale = _mm512_maskz_broadcastss_ps(0x00ff, _mm_set_ss(load<float>(scales, g)));
    add_codes<F, M>(_mm512_maskz_loadu_epi64(0x0f, w + g * 32), scale, book, at, sums);
  }
#pragma GCC unroll 8
  for (int m = 0; m < M; ++m) total[m] = sums[m];
}

/// One row: one linear walk.
template <class F>
void multiply_row(const FourBitParts& w, index_t in, const std::byte* x, index_t first, index_t last, FillScales fill,
                  float* y) {
  const index_t all = in / scale_group;
  GroupScales scales(w, w.rows.contiguous() ? w.rows(last) * all : 0, StripTuning::ahead / 32, fill);
  for (index_t o = first; o < last; ++o) {
    const index_t row = w.rows(o) * all;
    __m512 total = _mm512_setzero_ps();
    for (index_t g = 0; g < all; g += groups_at_once) {
      const index_t n = all - g < groups_at_once ? all - g : groups_at_once;
      const std::byte* const codes = w.codes + (row + g) * 32;
      add_groups<F, 1>(codes, codes + StripTuning::ahead, scales(row + g, n), w.book, x + g * 32 * F::shifts, 0, 1,
                       n, &total);
    }
    y[o] = sum(total);
  }
}

/// Several rows: blocks of outputs piece by piece, as multiply_rows() of dense.hpp.
template <class F>
void multiply_rows(const FourBitParts& w, index_t in, const std::byte* x, index_t stride, index_t first, index_t last,
                   FillScales fill, MatrixView<Host> y) {
  constexpr index_t piece = depth / scale_group * 8 / F::shifts;
  const index_t all = in / scale_group, block = block_rows(in / 2);
  GroupScales scales(w, 0, block * all, fill);
  __m512 total[StripTuning::block][StripTuning::rows];
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    const std::byte* soon = w.codes + w.rows(from + outs) * all * 32;
    for (index_t o = 0; o < outs; ++o)
      for (__m512& each : total[o]) each = _mm512_setzero_ps();
    for (index_t g = 0; g < all; g += piece) {
      const index_t n = all - g < piece ? all - g : piece;
      for (index_t o = 0; o < outs; ++o, soon += n * 32) {
        const index_t at = w.rows(from + o) * all + g;
        const std::byte* const codes = w.codes + at * 32;
        const std::byte* const s = scales(at, n);
        const std::byte* const xs = x + g * 32 * F::shifts;
        if (y.rows > 4) add_groups<F, 8>(codes, soon, s, w.book, xs, stride, y.rows, n, total[o]);
        else if (y.rows > 2) add_groups<F, 4>(codes, soon, s, w.book, xs, stride, y.rows, n, total[o]);
        else add_groups<F, 2>(codes, soon, s, w.book, xs, stride, y.rows, n, total[o]);
      }
    }
    for (index_t i = 0; i < y.rows; ++i)
      for (index_t o = 0; o < outs; ++o) y.row(i)[from + o] = sum(total[o][i]);
  }
}

template <class F, FillScales Fill>
inline void multiply_four_bit(const FourBitParts& w, const StripRows& rows, index_t first, index_t last,
                              MatrixView<Host> y) {
  const FillScales fill = w.block == scale_group && !w.nested_absmax ? nullptr : Fill;
  if (rows.x.rows == 1) multiply_row<F>(w, rows.x.cols, rows.packed, first, last, fill, y.data);
  else multiply_rows<F>(w, rows.x.cols, rows.packed, index_t(rows.packed_stride), first, last, fill, y);
}

SKALD_TARGET_END

}  // namespace detail::avx512

}  // namespace skald

#endif
