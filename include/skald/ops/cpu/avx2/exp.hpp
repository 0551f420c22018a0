// The exponential of softmax and of activations.
#pragma once
#include "skald/core/config.hpp"
#include "skald/ops/cpu/intrinsics.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {
namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma")

/// e^x for x <= 0, within two units of the last place; less than e^-87.3 is e^-87.3 (Cephes' polynomial).
[[gnu::always_inline]] inline __m256 exp_below_zero(__m256 x) {
  x = _mm256_max_ps(_mm256_set1_ps(-87.3f), x);  // in this order NaN stays
  const __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504f)), 8);
  __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693359375f), x);
  r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.12194440e-4f), r);
  __m256 e = _mm256_set1_ps(1.9875691500e-4f);
  e = _mm256_fmadd_ps(e, r, _mm256_set1_ps(1.3981999507e-3f));
  e = _mm256_fmadd_ps(e, r, _mm256_set1_ps(8.3334519073e-3f));
  e = _mm256_fmadd_ps(e, r, _mm256_set1_ps(4.1665795894e-2f));
  e = _mm256_fmadd_ps(e, r, _mm256_set1_ps(1.6666665459e-1f));
  e = _mm256_fmadd_ps(e, r, _mm256_set1_ps(5.0000001201e-1f));
  e = _mm256_fmadd_ps(e, _mm256_mul_ps(r, r), _mm256_add_ps(r, _mm256_set1_ps(1.0f)));
  const __m256i power = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
  return _mm256_mul_ps(e, _mm256_castsi256_ps(power));
}

SKALD_TARGET_END

}  // namespace detail::avx2
}  // namespace skald

#endif
