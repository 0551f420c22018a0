// Integer products of one query with the keys of a few positions.
#pragma once
#include <bit>
#include <cstring>

#include "skald/ops/bare/int8_dots_arm.hpp"
#include "skald/precision/int8_group.hpp"

#if defined(__SSE4_1__)
#include <immintrin.h>
#endif

namespace skald::inline SKALD_ABI {
namespace detail {

/// sums[k] = codes . from[k width].codes[first ...], n of each, for k < count <= 4. The plain twin.
inline void plain_group_dots(const std::int8_t* codes, index_t n, const Int8Group* from, index_t width, index_t first,
                             std::int32_t count, std::int32_t* sums) {
  for (std::int32_t k = 0; k < count; ++k, from += width) {
    std::int32_t sum = 0;
    for (index_t i = 0; i < n; ++i) sum += std::int32_t(codes[i]) * from->codes[first + i];
    sums[k] = sum;
  }
}

/// By the instructions that the command line allows, where n is a multiple of what they take.
inline void group_dots(const std::int8_t* codes, index_t n, const Int8Group* from, index_t width, index_t first,
                       std::int32_t count, std::int32_t* sums) {
#if defined(__SSE4_1__)
  const auto load = [](const std::int8_t* at) {
    return _mm_cvtepi8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at)));
  };
  if (count == 4 && n % 8 == 0) {
    __m128i acc[4] = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    for (index_t i = 0; i < n; i += 8) {
      const __m128i query = load(codes + i);
      for (int k = 0; k < 4; ++k)
        acc[k] = _mm_add_epi32(acc[k], _mm_madd_epi16(query, load(from[k * width].codes + first + i)));
    }
    const __m128i all = _mm_hadd_epi32(_mm_hadd_epi32(acc[0], acc[1]), _mm_hadd_epi32(acc[2], acc[3]));
    return _mm_storeu_si128(reinterpret_cast<__m128i*>(sums), all);
  }
#elif defined(__ARM_FEATURE_SIMD32) && !defined(__ARM_NEON) && !defined(__ARM_FEATURE_MVE)
  if (n % 4 == 0) {
    for (std::int32_t k = 0; k < count; ++k) sums[k] = 0;
    for (index_t i = 0; i < n; i += 4) {
      std::uint32_t word;
      std::memcpy(&word, codes + i, sizeof word);
      const int16x2_t even = __sxtb16(word), odd = __sxtb16(std::rotr(word, 8));
      for (std::int32_t k = 0; k < count; ++k)
        sums[k] = add_int8_products(sums[k], reinterpret_cast<const std::byte*>(from[k * width].codes + first + i),
                                    even, odd);
    }
    return;
  }
#endif
  plain_group_dots(codes, n, from, width, first, count, sums);
}

}  // namespace detail
}  // namespace skald
