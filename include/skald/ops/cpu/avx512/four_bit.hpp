// Products of few rows on AVX-512: nf4 and fp4. A code is an index of a permutation, which reads its lowest bits alone,
// so a shift a code is all the unpacking; x is permuted instead of the weights.
#pragma once
#include "skald/ops/cpu/avx512/dense.hpp"
#include "skald/ops/cpu/avx512/group_scales.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")

// What 128 codes become: `numbers(codes, shift, book)` are those that one shift brings to the bottom. A `Table` is what
// they are looked up in, and what its entries are multiples of.

struct StoredTable {
  explicit StoredTable(const std::byte* floats) : book(floats) {}
  const std::byte* book;
  static constexpr float unit = 1;
};

/// Eight registers of floats.
struct CodeFloats {
  static constexpr int shifts = 8;
  static constexpr index_t group_bytes = 256;  // of x
  using Table = StoredTable;
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
  static constexpr index_t group_bytes = 128;
  using Table = StoredTable;
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

/// total[r][m] += w[r] . x[m] for 128 codes of R rows with the scales of their halves; x[m] moves on.
template <class F, int R, int M>
[[gnu::always_inline]] inline void add_codes(F, const __m512i* codes, const __m512* scale, __m512i book,
                                             const std::byte** x, __m512 (&total)[R][M]) {
  __m512 sums[R][M];
#pragma GCC unroll 8
  for (unsigned s = 0; s < unsigned(F::shifts); ++s) {
    __m512 numbers[R];
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) numbers[r] = F::numbers(codes[r], s, book);
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) {
      const __m512 loaded = _mm512_loadu_ps(x[m] + 64 * s), xs = R > 1 ? once(loaded) : loaded;
#pragma GCC unroll 2
      for (int r = 0; r < R; ++r) sums[r][m] = s ? F::add(sums[r][m], numbers[r], xs) : F::first(numbers[r], xs);
    }
  }
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m) {
    x[m] += 2 * F::group_bytes;
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) total[r][m] = _mm512_fmadd_ps(sums[r][m], scale[r], total[r][m]);
  }
}

/// total[r][m] += w[r] . x[m] for `count` groups, while as many bytes from `soon` on are fetched, or the share of one
/// of several calls; of x there are `rows`, and the last one goes for those behind.
template <class F, int R, int M, int calls = 1>
[[gnu::noinline]] void add_groups(const std::byte* const* w, const std::byte* soon, const std::byte* const* scales,
                                  const std::byte* book_at, const std::byte* x, index_t stride, index_t rows,
                                  index_t count, __m512* const* total) {
  const __m512i book = F::book(book_at);
  __m512 sums[R][M], scale[R];
  __m512i codes[R];
  const std::byte* at[M];
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m) {
    at[m] = x + (m < rows ? m : rows - 1) * stride;
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) sums[r][m] = total[r][m];
  }
  index_t g = 0;
  for (; g + 2 <= count; g += 2) {
#pragma GCC unroll 2
    for (int r = 0; r < R / calls; ++r)
      _mm_prefetch(reinterpret_cast<const char*>(soon + (g * (R / calls) + 2 * r) * 32),
                   M > 1 ? _MM_HINT_T1 : _MM_HINT_T0);
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) {
      const __m512 low = _mm512_set1_ps(load<float>(scales[r], g));
      scale[r] = _mm512_mask_broadcastss_ps(low, 0xff00, _mm_set_ss(load<float>(scales[r], g + 1)));
      codes[r] = _mm512_loadu_si512(w[r] + g * 32);
    }
    add_codes(F{}, codes, scale, book, at, sums);
  }
  if (g < count) {  // half a register: the codes of the other half meet zeros
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) {
      scale[r] = _mm512_maskz_broadcastss_ps(0x00ff, _mm_set_ss(load<float>(scales[r], g)));
      codes[r] = _mm512_maskz_loadu_epi64(0x0f, w[r] + g * 32);
    }
    add_codes(F{}, codes, scale, book, at, sums);
  }
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m)
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) total[r][m] = sums[r][m];
}

/// One row: one linear walk.
template <class F>
void multiply_row(const FourBitParts& w, index_t in, const std::byte* x, index_t first, index_t last, FillScales fill,
                  float* y) {
  const index_t all = in / scale_group;
  GroupScales scales(w, StripTuning::ahead / 32, 256, fill);
  const typename F::Table table(w.book);
  const index_t end = w.rows.contiguous() ? w.rows(last) * all : 0;  // of one row after the other
  for (index_t o = first; o < last; ++o) {
    const index_t row = w.rows(o) * all;
    __m512 total = _mm512_setzero_ps();
    __m512* const to = &total;
    for (index_t g = 0; g < all; g += groups_at_once) {
      const index_t n = all - g < groups_at_once ? all - g : groups_at_once;
      const std::byte* const codes = w.codes + (row + g) * 32;
      const std::byte* const s = scales(row + g, n, end, 0);
      add_groups<F, 1, 1>(&codes, codes + StripTuning::ahead, &s, table.book, x + g * F::group_bytes, 0, 1, n, &to);
    }
    y[o] = sum(total) * table.unit;
  }
}

/// Several rows: blocks of outputs piece by piece, as multiply_rows() of dense.hpp, but two by two, so that they share
/// what is loaded of x.
template <class F>
void multiply_rows(const FourBitParts& w, index_t in, const std::byte* x, index_t stride, index_t first, index_t last,
                   FillScales fill, MatrixView<Host> y) {
  // What is summed at once changes no order here: the fewer rows, the longer, up to a window of scales.
  constexpr index_t window = 64, least = StripTuning::depth / scale_group * 256 / F::group_bytes;
  const index_t piece = y.rows > 4 ? least : y.rows > 2 && 2 * least < window ? 2 * least : window;
  const index_t all = in / scale_group, block = block_rows(in / 2);
  GroupScales scales(w, block * all, window, fill);
  const typename F::Table table(w.book);
  __m512 total[StripTuning::block + 1][StripTuning::rows];  // the last for nobody: beside an odd output
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    const std::byte* soon = w.codes + w.rows(from + outs) * all * 32;
    for (auto& each : total)
      for (__m512& sums : each) sums = _mm512_setzero_ps();
    for (index_t g = 0; g < all; g += piece) {
      const index_t n = all - g < piece ? all - g : piece;
      for (index_t o = 0; o < outs; o += 2, soon += n * 64) {
        const bool both = o + 1 < outs;
        const index_t at[2] = {w.rows(from + o) * all + g, w.rows(from + o + both) * all + g};
        const std::byte* const codes[2] = {w.codes + at[0] * 32, w.codes + at[1] * 32};
        const index_t rest = all - g;
        const std::byte* const s[2] = {scales(at[0], n, at[0] + rest, o), scales(at[1], n, at[1] + rest, o + both)};
        __m512* const to[2] = {total[o], total[both ? o + 1 : StripTuning::block]};
        const std::byte* const xs = x + g * F::group_bytes;
        if (y.rows > 4) {
          __m512* const upper[2] = {to[0] + 4, to[1] + 4};
          add_groups<F, 2, 4, 2>(codes, soon, s, table.book, xs, stride, 4, n, to);
          add_groups<F, 2, 4, 2>(codes, soon + n * 32, s, table.book, xs + 4 * stride, stride, y.rows - 4, n, upper);
        } else if (y.rows > 2) {
          add_groups<F, 2, 4>(codes, soon, s, table.book, xs, stride, y.rows, n, to);
        } else {
          add_groups<F, 2, 2>(codes, soon, s, table.book, xs, stride, y.rows, n, to);
        }
      }
    }
    for (index_t i = 0; i < y.rows; ++i)
      for (index_t o = 0; o < outs; ++o) y.row(i)[from + o] = sum(total[o][i]) * table.unit;
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
