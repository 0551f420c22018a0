// Products of few rows on AVX2: nf4 and fp4, exact in float. Each of a float's four bytes is looked up by itself; x is
// permuted instead of the codes.
#pragma once
#include "skald/ops/cpu/avx2/dense.hpp"
#include "skald/ops/cpu/block_scales.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx2 {

/// A book as four tables of a byte each: of the first bytes of all floats, the second ones and so on.
struct FloatTables {
  explicit FloatTables(const std::byte* book) {
    for (int i = 0; i < 64; ++i) bytes[i % 4][i / 4] = book[i];
  }
  alignas(16) std::byte bytes[4][16];
  static constexpr float unit = 1;
};

/// A register holds a group of 64 codes, the even ones in the high halves of bytes. Unpacking puts four bytes of either
/// half of it beside each other.
inline void pack_as_unpacked(const float* x, index_t in, std::byte* to) {
  for (index_t c = 0; c < in; c += scale_group)
    for (index_t odd = 0; odd < 2; ++odd)
      for (index_t at = 0; at < 32; ++at) {
        const index_t byte = at / 8 * 4 + at % 4 + (at % 8 / 4) * 16;
        __builtin_memcpy(to + (c + odd * 32 + at) * index_t(sizeof(float)), x + c + 2 * byte + odd, sizeof(float));
      }
}

SKALD_TARGET_BEGIN("avx2,fma,f16c")

/// A table for every byte of a register's lanes.
[[gnu::always_inline]] inline __m256i table(const std::byte* p) {
  return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(p)));
}

/// The codes of 32 bytes with even numbers, or with odd ones.
[[gnu::always_inline]] inline __m256i half_of(__m256i pairs, int odd) {
  return _mm256_and_si256(odd ? pairs : _mm256_srli_epi16(pairs, 4), _mm256_set1_epi8(15));
}

/// Sums of a group as floats: acc[m] = codes . x[m].
struct CodeFloats {
  static constexpr index_t group_bytes = 256;  // of x
  using Tables = FloatTables;
  struct Registers {
    __m256i bytes[4];
  };
  [[gnu::always_inline]] static Registers load(const Tables& tables) {
    return {{table(tables.bytes[0]), table(tables.bytes[1]), table(tables.bytes[2]), table(tables.bytes[3])}};
  }
  template <int M>
  [[gnu::always_inline]] static void multiply(__m256i pairs, const Registers& tables, const std::byte* x,
                                              index_t stride, __m256 (&acc)[M]) {
#pragma GCC unroll 2
    for (int odd = 0; odd < 2; ++odd) {
      const __m256i codes = half_of(pairs, odd);
      const __m256i a = _mm256_shuffle_epi8(tables.bytes[0], codes), b = _mm256_shuffle_epi8(tables.bytes[1], codes);
      const __m256i c = _mm256_shuffle_epi8(tables.bytes[2], codes), d = _mm256_shuffle_epi8(tables.bytes[3], codes);
#pragma GCC unroll 2
      for (int half = 0; half < 2; ++half) {
        const __m256i low = half ? _mm256_unpackhi_epi8(a, b) : _mm256_unpacklo_epi8(a, b);
        const __m256i high = half ? _mm256_unpackhi_epi8(c, d) : _mm256_unpacklo_epi8(c, d);
        const __m256 first = _mm256_castsi256_ps(_mm256_unpacklo_epi16(low, high));
        const __m256 second = _mm256_castsi256_ps(_mm256_unpackhi_epi16(low, high));
#pragma GCC unroll 4
        for (int m = 0; m < M; ++m) {
          const auto* const from = reinterpret_cast<const float*>(x + m * stride) + odd * 32 + half * 16;
          const __m256 v = _mm256_loadu_ps(from);
          acc[m] = odd + half == 0 ? _mm256_mul_ps(first, v) : _mm256_fmadd_ps(first, v, acc[m]);
          acc[m] = _mm256_fmadd_ps(second, _mm256_loadu_ps(from + 8), acc[m]);
        }
      }
    }
  }
};

/// total[m] = w . x[m], or more of it, for `count` groups, while `soon` is fetched.
template <class F, int M>
[[gnu::noinline]] void add_groups(const std::byte* w, const std::byte* soon, const std::byte* scales,
                                  const typename F::Tables& book, const std::byte* x, index_t stride, index_t count,
                                  bool more, __m256* total) {
  const typename F::Registers tables = F::load(book);
  __m256 sums[M];
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m) sums[m] = more ? total[m] : _mm256_setzero_ps();
  for (index_t g = 0; g < count; ++g) {
    _mm_prefetch(reinterpret_cast<const char*>(soon + g * 32), _MM_HINT_T0);
    const __m256i pairs = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w + g * 32));
    __m256 acc[M];
    F::template multiply<M>(pairs, tables, x + g * F::group_bytes, stride, acc);
    const __m256 scale = _mm256_set1_ps(load<float>(scales, g));
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) sums[m] = _mm256_fmadd_ps(acc[m], scale, sums[m]);
  }
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m) total[m] = sums[m];
}

template <class F>
inline void multiply_four_bit(const FourBitParts& w, const StripRows& rows, index_t first, index_t last,
                              MatrixView<Host> y) {
  constexpr index_t block = StripTuning::block, later = 8;
  const typename F::Tables book(w.book);
  const std::byte* const x = rows.packed;
  const index_t stride = index_t(rows.packed_stride), all = rows.x.cols / scale_group;
  // What is summed at once changes no order, so a piece may be as deep as the first-level cache allows.
  const index_t depth = y.rows > 4 ? groups_at_once / 8 : y.rows > 2 ? groups_at_once / 4 : groups_at_once;
  const bool stored = !w.nested_absmax && w.block == scale_group;  // scales are read where they lie
  float filled[groups_at_once];
  __m256 total[block][StripTuning::rows];
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    for (index_t g = 0; g < all; g += depth) {
      const index_t n = all - g < depth ? all - g : depth;
      for (index_t o = 0; o < outs; ++o) {
        const index_t at = w.rows(from + o) * all + g;
        if (!stored) fill_scales(w, at, n, filled);
        const std::byte* const scales = stored ? w.absmax + at * 4 : reinterpret_cast<const std::byte*>(filled);
        const std::byte* const codes = w.codes + at * 32;
        const bool end = g + n == all;
        const index_t skip = o + later < outs ? later * all : end ? later * all - g : n + (later - outs) * all;
        const std::byte* const soon = codes + skip * 32;
        for (index_t i = 0; i < y.rows; i += 4) {
          const auto add = y.rows - i > 3 ? add_groups<F, 4> : y.rows - i > 2 ? add_groups<F, 3>
                                        : y.rows - i > 1 ? add_groups<F, 2> : add_groups<F, 1>;
          add(codes, soon, scales, book, x + g * F::group_bytes + i * stride, stride, n, g > 0, total[o] + i);
        }
      }
    }
    for (index_t i = 0; i < y.rows; ++i)
      for (index_t o = 0; o < outs; ++o) y.row(i)[from + o] = sum(total[o][i]) * book.unit;
  }
}

SKALD_TARGET_END

}  // namespace detail::avx2

}  // namespace skald

#endif
