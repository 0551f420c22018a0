// Integer products on x86, by what the command line allows: AVX-512 VNNI, AVX2 or SSE2.
#pragma once
#include "skald/ops/bare/int8_input.hpp"

#if defined(__SSE2__)
#include <immintrin.h>

namespace skald::inline SKALD_ABI {
namespace detail {

#if defined(__AVX512VNNI__) && defined(__AVX512BW__)

inline constexpr index_t int8_dots_rows = 16;

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512vnni")

inline __m512i add_halves(__m512i a, __m512i b) {
  return _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
}
inline __m512i add_quarters(__m512i a, __m512i b) {
  return _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
}
inline __m512i add_lanes(__m512i a, __m512i b) {
  return _mm512_add_epi32(_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xdd));
}

/// Sixteen rows. The instruction takes one side without sign: w + 128 there, and 128 times the sum of x off again.
/// Never inlined: there GCC 12 would take the undefined registers of its own header for a mistake again.
[[gnu::noinline]] inline void int8_dots_block(const std::byte* w, index_t stride, const Int8Input& x,
                                              std::int32_t* sums) {
  const __m512i flip = _mm512_set1_epi8(char(-128));
  __m512i acc[16];
#pragma GCC unroll 16
  for (int r = 0; r < 16; ++r) acc[r] = _mm512_setzero_si512();
  index_t i = 0;
  for (; i + 64 <= x.n; i += 64) {
    const __m512i codes = _mm512_load_si512(x.codes + i);
#pragma GCC unroll 16
    for (int r = 0; r < 16; ++r)
      acc[r] = _mm512_dpbusd_epi32(acc[r], _mm512_xor_si512(_mm512_loadu_si512(w + r * stride + i), flip), codes);
  }
  if (i < x.n) {
    const __m512i codes = _mm512_load_si512(x.codes + i);
    const __mmask64 left = ~__mmask64{0} >> (64 - (x.n - i));
#pragma GCC unroll 16
    for (int r = 0; r < 16; ++r) {
      const __m512i row = _mm512_maskz_loadu_epi8(left, w + r * stride + i);
      acc[r] = _mm512_dpbusd_epi32(acc[r], _mm512_xor_si512(row, flip), codes);
    }
  }
  __m512i four[4];
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k)
    four[k] = add_quarters(add_halves(acc[4 * k], acc[4 * k + 1]), add_halves(acc[4 * k + 2], acc[4 * k + 3]));
  const __m512i all = add_lanes(add_lanes(four[0], four[1]), add_lanes(four[2], four[3]));
  _mm512_storeu_si512(sums, _mm512_sub_epi32(all, _mm512_set1_epi32(128 * x.sum)));
}

SKALD_TARGET_END

#elif defined(__AVX2__)

inline constexpr index_t int8_dots_rows = 4;

/// Four rows, sixteen products of 16 bits an instruction.
inline void int8_dots_block(const std::byte* w, index_t stride, const Int8Input& x, std::int32_t* sums) {
  __m256i acc[4];
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) acc[r] = _mm256_setzero_si256();
  for (index_t i = 0; i < x.n; i += 16) {
    const __m256i codes = _mm256_cvtepi8_epi16(_mm_load_si128(reinterpret_cast<const __m128i*>(x.codes + i)));
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
      alignas(16) std::byte end[16] = {};
      const std::byte* from = w + r * stride + i;
      if (x.n - i < 16) {
        for (index_t k = 0; k < x.n - i; ++k) end[k] = from[k];
        from = end;
      }
      const __m256i row = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
      acc[r] = _mm256_add_epi32(acc[r], _mm256_madd_epi16(row, codes));
    }
  }
  const __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(acc[0], acc[1]), _mm256_hadd_epi32(acc[2], acc[3]));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(sums),
                   _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1)));
}

#else

inline constexpr index_t int8_dots_rows = 4;

/// Sixteen bytes as numbers of 16 bits, and their products with others, two and two added up.
inline __m128i multiply_bytes(__m128i bytes, __m128i low, __m128i high) {
  const __m128i sign = _mm_cmpgt_epi8(_mm_setzero_si128(), bytes);
  return _mm_add_epi32(_mm_madd_epi16(_mm_unpacklo_epi8(bytes, sign), low),
                       _mm_madd_epi16(_mm_unpackhi_epi8(bytes, sign), high));
}

/// Four rows.
inline void int8_dots_block(const std::byte* w, index_t stride, const Int8Input& x, std::int32_t* sums) {
  __m128i acc[4];
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) acc[r] = _mm_setzero_si128();
  for (index_t i = 0; i < x.n; i += 16) {
    const __m128i codes = _mm_load_si128(reinterpret_cast<const __m128i*>(x.codes + i));
    const __m128i sign = _mm_cmpgt_epi8(_mm_setzero_si128(), codes);
    const __m128i low = _mm_unpacklo_epi8(codes, sign), high = _mm_unpackhi_epi8(codes, sign);
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
      alignas(16) std::byte end[16] = {};
      const std::byte* from = w + r * stride + i;
      if (x.n - i < 16) {
        for (index_t k = 0; k < x.n - i; ++k) end[k] = from[k];
        from = end;
      }
      const __m128i row = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
      acc[r] = _mm_add_epi32(acc[r], multiply_bytes(row, low, high));
    }
  }
  const __m128i first = _mm_add_epi32(_mm_unpacklo_epi32(acc[0], acc[1]), _mm_unpackhi_epi32(acc[0], acc[1]));
  const __m128i second = _mm_add_epi32(_mm_unpacklo_epi32(acc[2], acc[3]), _mm_unpackhi_epi32(acc[2], acc[3]));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(sums),
                   _mm_add_epi32(_mm_unpacklo_epi64(first, second), _mm_unpackhi_epi64(first, second)));
}

#endif

}  // namespace detail
}  // namespace skald
#endif
