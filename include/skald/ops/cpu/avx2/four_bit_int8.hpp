// Products of few rows on AVX2: nf4 and fp4 that compute in int8. Sums of eight products are exact.
#pragma once
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
struct BytesByVnni {
  static constexpr index_t group_bytes = 128;
  using Tables = ByteTables;
  using Registers = __m256i;
  [[gnu::always_inline]] static Registers load(const Tables& tables) { return table(tables.shifted); }
  /// sum[l] += w[4 l ... 4 l + 3] . x[...], w without a sign. AVX-VNNI, which clang 16 and GCC 12 spell by a target of
  /// its own.
  [[gnu::always_inline]] static __m256i add(__m256i sum, __m256i w, __m256i x) {
    __asm__("%{vex%} vpdpbusd {%2, %1, %0|%0, %1, %2}" : "+x"(sum) : "x"(w), "x"(x));
    return sum;
  }
  template <int M>
  [[gnu::always_inline]] static void multiply(__m256i pairs, Registers book, const std::byte* x, index_t stride,
                                              __m256 (&acc)[M]) {
    const __m256i even = _mm256_shuffle_epi8(book, half_of(pairs, 0));
    const __m256i odd = _mm256_shuffle_epi8(book, half_of(pairs, 1));
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) {
      const auto* const from = reinterpret_cast<const __m256i*>(x + m * stride);
      const __m256i sum = add(_mm256_loadu_si256(from + 2), even, _mm256_loadu_si256(from));
      const __m256 whole = _mm256_cvtepi32_ps(add(sum, odd, _mm256_loadu_si256(from + 1)));
      acc[m] = _mm256_mul_ps(whole, _mm256_castsi256_ps(_mm256_loadu_si256(from + 3)));
    }
  }
};

/// The same without AVX-VNNI: sizes times x with the codes' signs. No pair of 127s is beyond 16 bits.
struct CodeBytes {
  static constexpr index_t group_bytes = 128;
  using Tables = ByteTables;
  using Registers = __m256i;
  [[gnu::always_inline]] static Registers load(const Tables& tables) { return table(tables.codes); }
  [[gnu::always_inline]] static __m256i products(__m256i w, __m256i size, const __m256i* x) {
    const __m256i pairs = _mm256_maddubs_epi16(size, _mm256_sign_epi8(_mm256_loadu_si256(x), w));
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
  }
  template <int M>
  [[gnu::always_inline]] static void multiply(__m256i pairs, Registers book, const std::byte* x, index_t stride,
                                              __m256 (&acc)[M]) {
    const __m256i even = _mm256_shuffle_epi8(book, half_of(pairs, 0));
    const __m256i odd = _mm256_shuffle_epi8(book, half_of(pairs, 1));
    const __m256i even_size = _mm256_abs_epi8(even), odd_size = _mm256_abs_epi8(odd);
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) {
      const auto* const from = reinterpret_cast<const __m256i*>(x + m * stride);
      const __m256i sum = _mm256_add_epi32(products(even, even_size, from), products(odd, odd_size, from + 1));
      acc[m] = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_castsi256_ps(_mm256_loadu_si256(from + 3)));
    }
  }
};

SKALD_TARGET_END

}  // namespace detail::avx2

}  // namespace skald

#endif
