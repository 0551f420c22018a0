// Stored numbers become floats on AVX-512: what products of many rows are fed with.
#pragma once
#include "skald/ops/cpu/avx512/int8.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {
namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")

/// out[i] = scale * number i. Returns how many it did: whole registers.
template <class F>
index_t widen(const std::byte* from, index_t n, float scale, float* out) {
  index_t i = 0;
  for (; i + 16 <= n; i += 16)
    _mm512_storeu_ps(out + i, _mm512_mul_ps(F::all(from + i * F::size), _mm512_set1_ps(scale)));
  return i;
}

/// The same of 4-bit codes, two a byte, the first in the high half.
inline index_t widen_codes(const std::byte* codes, index_t n, const std::byte* book, float scale, float* out) {
  const __m512 values = _mm512_mul_ps(_mm512_loadu_ps(book), _mm512_set1_ps(scale));
  const __m128i low = _mm_set1_epi8(0x0f);
  index_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const __m128i pairs = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes + i / 2));
    const __m128i each = _mm_unpacklo_epi8(_mm_and_si128(_mm_srli_epi16(pairs, 4), low), _mm_and_si128(pairs, low));
    _mm512_storeu_ps(out + i, _mm512_permutexvar_ps(_mm512_cvtepu8_epi32(each), values));
  }
  return i;
}

SKALD_TARGET_END

}  // namespace detail::avx512
}  // namespace skald

#endif
