// Products of few rows on AVX-512: nf4 and fp4, exact in float. A code is an index of vpermps, which reads its lowest
// four bits alone, so a shift a code is all the unpacking; x is permuted instead of the weights.
#pragma once
#include "skald/ops/cpu/avx512/dense.hpp"
#include "skald/ops/cpu/block_scales.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")

/// total[r][m] += w[r] . x[m] for 128 codes of R rows with the scales of their halves; x[m] moves on.
template <int R, int M>
[[gnu::always_inline]] inline void add_codes(const __m512i* codes, const __m512* scale, __m512 book, const float** x,
                                             __m512 (&total)[R][M]) {
  __m512 even[R][M], odd[R][M];
#pragma GCC unroll 8
  for (unsigned s = 0; s < 8; s += 2) {
    __m512 a[R], b[R];
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) {
      a[r] = _mm512_permutexvar_ps(s ? _mm512_srli_epi32(codes[r], 4 * s) : codes[r], book);
      b[r] = _mm512_permutexvar_ps(_mm512_srli_epi32(codes[r], 4 * s + 4), book);
    }
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) {
      const __m512 first = _mm512_loadu_ps(x[m] + 16 * s), second = _mm512_loadu_ps(x[m] + 16 * s + 16);
      const __m512 xa = R > 1 ? once(first) : first, xb = R > 1 ? once(second) : second;
#pragma GCC unroll 2
      for (int r = 0; r < R; ++r) {
        even[r][m] = s ? _mm512_fmadd_ps(a[r], xa, even[r][m]) : _mm512_mul_ps(a[r], xa);
        odd[r][m] = s ? _mm512_fmadd_ps(b[r], xb, odd[r][m]) : _mm512_mul_ps(b[r], xb);
      }
    }
  }
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m) {
    x[m] += 128;
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r)
      total[r][m] = _mm512_fmadd_ps(_mm512_add_ps(even[r][m], odd[r][m]), scale[r], total[r][m]);
  }
}

/// total[r][m] += w[r] . x[m] for `count` groups, while `soon` is fetched.
template <int R, int M>
[[gnu::noinline]] void add_groups(const std::byte* const* w, const std::byte* const* soon,
                                  const std::byte* const* scales, const std::byte* book_at, const float* x,
                                  index_t stride, index_t count, __m512* const* total) {
  const __m512 book = _mm512_loadu_ps(book_at);
  __m512 sums[R][M], scale[R];
  __m512i codes[R];
  const float* at[M];
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m) {
    at[m] = x + m * stride;
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) sums[r][m] = total[r][m];
  }
  index_t g = 0;
  for (; g + 2 <= count; g += 2) {
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) {
      _mm_prefetch(reinterpret_cast<const char*>(soon[r] + g * 32), _MM_HINT_T0);
      const __m512 low = _mm512_set1_ps(load<float>(scales[r], g));
      scale[r] = _mm512_mask_broadcastss_ps(low, 0xff00, _mm_set_ss(load<float>(scales[r], g + 1)));
      codes[r] = _mm512_loadu_si512(w[r] + g * 32);
    }
    add_codes<R, M>(codes, scale, book, at, sums);
  }
  if (g < count) {  // half a register: the codes of the other half meet zeros
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) {
      scale[r] = _mm512_maskz_broadcastss_ps(0x00ff, _mm_set_ss(load<float>(scales[r], g)));
      codes[r] = _mm512_maskz_loadu_epi64(0x0f, w[r] + g * 32);
    }
    add_codes<R, M>(codes, scale, book, at, sums);
  }
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m)
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) total[r][m] = sums[r][m];
}

/// One row: one linear walk.
template <class Scales>
[[gnu::always_inline]] inline void multiply_row(const FourBitParts& w, index_t in, const float* x, index_t first,
                                                index_t last, float* y) {
  const index_t all = in / scale_group;
  Scales scales(w, w.rows.contiguous() ? w.rows(last) * all : 0);
  for (index_t o = first; o < last; ++o) {
    const index_t row = w.rows(o) * all;
    __m512 total = _mm512_setzero_ps();
    __m512* const to = &total;
    for (index_t g = 0; g < all; g += groups_at_once) {
      const index_t n = all - g < groups_at_once ? all - g : groups_at_once;
      const std::byte* const codes = w.codes + (row + g) * 32;
      const std::byte* const soon = codes + StripTuning::ahead;
      const std::byte* const s = scales(row + g, n, 0);
      add_groups<1, 1>(&codes, &soon, &s, w.book, x + g * scale_group, 0, n, &to);
    }
    y[o] = sum(total);
  }
}

/// Several rows: blocks of outputs piece by piece, two by two, as multiply_rows() of dense.hpp.
template <class Scales>
[[gnu::always_inline]] inline void multiply_rows(const FourBitParts& w, index_t in, const float* x, index_t stride,
                                                 index_t first, index_t last, MatrixView<Host> y) {
  constexpr index_t block = StripTuning::block, later = 8;
  // What is summed at once changes no order here, so a piece may be as deep as the first-level cache allows.
  const index_t depth = StripTuning::depth / scale_group * (y.rows > 4 ? 1 : y.rows > 2 ? 2 : 4);
  const index_t all = in / scale_group;
  Scales scales(w, 0);
  __m512 total[block + 1][StripTuning::rows];  // the last for nobody: beside an odd output
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    for (index_t o = 0; o <= block; ++o)
      for (index_t i = 0; i < y.rows; ++i) total[o][i] = _mm512_setzero_ps();
    for (index_t g = 0; g < all; g += depth) {
      const index_t n = all - g < depth ? all - g : depth;
      for (index_t o = 0; o < outs; o += 2) {
        const bool both = o + 1 < outs, here = o + later + 1 < outs;
        const index_t at[2] = {w.rows(from + o) * all + g, w.rows(from + o + both) * all + g};
        const std::byte* const codes[2] = {w.codes + at[0] * 32, w.codes + at[1] * 32};
        const index_t skip = (here ? later * all : g + n == all ? later * all - g : n + (later - outs) * all) * 32;
        const std::byte* const s[2] = {scales(at[0], n, 0), scales(at[1], n, 1)};
        index_t i = 0;
        for (int m = 4; m > 0; m /= 2)
          for (; i + m <= y.rows; i += m) {
            __m512* const to[2] = {total[o] + i, total[both ? o + 1 : block] + i};
            const float* const xs = x + g * scale_group + i * stride;
            const std::byte* const soon[2] = {i == 0 ? codes[0] + skip : codes[0],
                                              i > 0 || m == y.rows ? codes[1] + skip : codes[1]};
            if (m == 4) add_groups<2, 4>(codes, soon, s, w.book, xs, stride, n, to);
            else if (m == 2) add_groups<2, 2>(codes, soon, s, w.book, xs, stride, n, to);
            else add_groups<2, 1>(codes, soon, s, w.book, xs, stride, n, to);
          }
      }
    }
    for (index_t i = 0; i < y.rows; ++i)
      for (index_t o = 0; o < outs; ++o) y.row(i)[from + o] = sum(total[o][i]);
  }
}

/// Scales where they lie: float32, one a group.
struct StoredScales {
  [[gnu::always_inline]] StoredScales(const FourBitParts& w, index_t) : absmax(w.absmax) {}
  [[gnu::always_inline]] const std::byte* operator()(index_t first, index_t count, int) const {
    const std::byte* const from = absmax + first * 4;
    for (index_t i = 0; i < count; i += 16)  // as far ahead as the codes
      _mm_prefetch(reinterpret_cast<const char*>(from + (i + StripTuning::ahead / 32) * 4), _MM_HINT_T0);
    return from;
  }
  const std::byte* absmax;
};

/// Scales of longer blocks and nested ones, one by one.
struct FilledScales {
  [[gnu::always_inline]] FilledScales(const FourBitParts& parts, index_t) : w(parts) {}
  [[gnu::always_inline]] const std::byte* operator()(index_t first, index_t count, int row) {
    fill_scales(w, first, count, values[row]);
    return reinterpret_cast<const std::byte*>(values[row]);
  }
  const FourBitParts& w;
  alignas(64) float values[2][groups_at_once];
};

template <class Scales>
inline void multiply_four_bit(const FourBitParts& w, const StripRows& rows, index_t first, index_t last,
                              MatrixView<Host> y) {
  const auto* const x = reinterpret_cast<const float*>(rows.packed);
  if (rows.x.rows == 1) multiply_row<Scales>(w, rows.x.cols, x, first, last, y.data);
  else multiply_rows<Scales>(w, rows.x.cols, x, index_t(rows.packed_stride / sizeof(float)), first, last, y);
}

SKALD_TARGET_END

}  // namespace detail::avx512

}  // namespace skald

#endif
