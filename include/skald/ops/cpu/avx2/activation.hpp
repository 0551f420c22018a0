// Activations of the form x * sigmoid(a x + b x^3) on AVX2.
#pragma once
#include "skald/core/types.hpp"
#include "skald/ops/cpu/avx2/exp.hpp"
#include "skald/ops/cpu/avx2/registers.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {
namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma")

/// x = x sigmoid(a x + b x^3), times `up` where it is given; n of each. The exponential is of what is not above zero:
/// sigmoid(s) = 1 / (1 + e^-s) = e^s / (1 + e^s).
inline void times_sigmoid(float* x, const float* up, index_t n, float a, float b) {
  const __m256 one = _mm256_set1_ps(1.0f), sign = _mm256_set1_ps(-0.0f);
  for (index_t i = 0; i < n; i += 8) {
    const __m256i lanes = first_lanes(n - i);
    const __m256 v = _mm256_maskload_ps(x + i, lanes);
    const __m256 square = _mm256_min_ps(_mm256_set1_ps(1e30f), _mm256_mul_ps(v, v));  // 0 times infinity is no number
    const __m256 s = _mm256_mul_ps(v, _mm256_fmadd_ps(square, _mm256_set1_ps(b), _mm256_set1_ps(a)));
    const __m256 e = exp_below_zero(_mm256_or_ps(s, sign));
    const __m256 sigmoid = _mm256_div_ps(_mm256_blendv_ps(one, e, s), _mm256_add_ps(one, e));
    __m256 y = _mm256_mul_ps(v, sigmoid);
    if (up) y = _mm256_mul_ps(y, _mm256_maskload_ps(up + i, lanes));
    _mm256_maskstore_ps(x + i, lanes, y);
  }
}

SKALD_TARGET_END

}  // namespace detail::avx2
}  // namespace skald

#endif
