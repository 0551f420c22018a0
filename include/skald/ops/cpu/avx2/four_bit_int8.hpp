// Products of few rows on AVX2: nf4 and fp4 that compute in int8. Sums of eight products are exact.
#pragma once
#include "skald/ops/cpu/avx2/byte_products.hpp"
#include "skald/ops/cpu/avx2/four_bit.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx2 {

/// A book as bytes: signed, and number + 128, for instructions one side of which has no sign.
struct ByteTables {
  explicit ByteTables(const std::byte* book) {
    const ByteBook bytes(book);
    for (int i = 0; i < 16; ++i) {
      codes[i] = std::byte(bytes.codes[i]);
      shifted[i] = std::byte(bytes.codes[i] + 128);
    }
    unit = bytes.scale;
  }
  alignas(16) std::byte codes[16];
  alignas(16) std::byte shifted[16];
  float unit;
};

SKALD_TARGET_BEGIN("avx2,fma,f16c")

/// acc[m] = codes . x[m] of a group, times the scale of x: `pack_bytes<32>` says how x lies.
template <class Unit>
struct CodeBytes {
  static constexpr index_t group_bytes = 128;
  using Tables = ByteTables;
  using Registers = __m256i;
  [[gnu::always_inline]] static Registers load(const Tables& tables) {
    return table(Unit::shifted ? tables.shifted : tables.codes);
  }
  template <int M>
  [[gnu::always_inline]] static void multiply(__m256i pairs, Registers book, const std::byte* x, index_t stride,
                                              __m256 (&acc)[M]) {
    const __m256i even = _mm256_shuffle_epi8(book, half_of(pairs, 0));
    const __m256i odd = _mm256_shuffle_epi8(book, half_of(pairs, 1));
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) {
      const auto* const from = reinterpret_cast<const __m256i*>(x + m * stride);
      const __m256i offset = Unit::shifted ? _mm256_loadu_si256(from + 2) : _mm256_setzero_si256();
      const __m256i sum = Unit::add(offset, even, _mm256_loadu_si256(from));
      const __m256 whole = _mm256_cvtepi32_ps(Unit::add(sum, odd, _mm256_loadu_si256(from + 1)));
      acc[m] = _mm256_mul_ps(whole, _mm256_castsi256_ps(_mm256_loadu_si256(from + 3)));
    }
  }
};

SKALD_TARGET_END

}  // namespace detail::avx2

}  // namespace skald

#endif
