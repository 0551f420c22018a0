// Stored numbers become floats on AVX2: what products of many rows are fed with.
#pragma once
#include "skald/ops/cpu/avx2/int8.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {
namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma,f16c")

/// out[i] = scale * number i. Returns how many it did: whole registers.
template <class F>
index_t widen(const std::byte* from, index_t n, float scale, float* out) {
  index_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256 v = _mm256_mul_ps(F::all(from + i * F::size), _mm256_set1_ps(F::unit));
    _mm256_storeu_ps(out + i, _mm256_mul_ps(v, _mm256_set1_ps(scale)));
  }
  return i;
}

/// The same of 4-bit codes, two a byte, the first in the high half.
inline index_t widen_codes(const std::byte* codes, index_t n, const std::byte* book, float scale, float* out) {
  const auto* const values = reinterpret_cast<const __m256i*>(book);
  const __m256 below = _mm256_castsi256_ps(_mm256_loadu_si256(values)),
               above = _mm256_castsi256_ps(_mm256_loadu_si256(values + 1));
  const __m128i low = _mm_set1_epi8(0x0f);
  index_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const __m128i pairs = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes + i / 2));
    const __m128i each = _mm_unpacklo_epi8(_mm_and_si128(_mm_srli_epi16(pairs, 4), low), _mm_and_si128(pairs, low));
    const auto store = [&](__m128i eight, float* to) {
      const __m256i at = _mm256_cvtepu8_epi32(eight);
      const __m256 v = _mm256_blendv_ps(_mm256_permutevar8x32_ps(below, at), _mm256_permutevar8x32_ps(above, at),
                                        _mm256_castsi256_ps(_mm256_slli_epi32(at, 28)));
      _mm256_storeu_ps(to, _mm256_mul_ps(v, _mm256_set1_ps(scale)));
    };
    store(each, out + i);
    store(_mm_srli_si128(each, 8), out + i + 8);
  }
  return i;
}

SKALD_TARGET_END

}  // namespace detail::avx2
}  // namespace skald

#endif
