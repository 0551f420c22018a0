// Activations on AVX2: those of the form x * sigmoid(a x + b x^3), and gelu.
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

/// x = x Phi(x), times `up` where it is given; n of each. See avx512/activation.hpp.
inline void gelu(float* x, const float* up, index_t n) {
  const __m256 one = _mm256_set1_ps(1.0f), sign = _mm256_set1_ps(-0.0f);
  const auto polynomial = [](__m256 z, __m256 highest, auto... lower) __attribute__((always_inline)) {
    ((highest = _mm256_fmadd_ps(highest, z, _mm256_set1_ps(lower))), ...);
    return highest;
  };
  for (index_t i = 0; i < n; i += 8) {
    const __m256i lanes = first_lanes(n - i);
    const __m256 v = _mm256_maskload_ps(x + i, lanes);
    const __m256 z = _mm256_min_ps(_mm256_set1_ps(9.3f),
                                   _mm256_mul_ps(_mm256_andnot_ps(sign, v), _mm256_set1_ps(0.70710678f)));
    const __m256 above = polynomial(z, _mm256_set1_ps(0.0321571752f), 0.226163834f, 0.725183308f, 1.23226511f, 1.0f);
    const __m256 below = polynomial(z, _mm256_set1_ps(0.0569962971f), 0.400894523f, 1.31338429f, 2.38887739f,
                                    2.36064482f, 1.0f);
    const __m256 e = exp_below_zero(_mm256_fnmadd_ps(z, z, _mm256_setzero_ps()));
    const __m256 tail = _mm256_div_ps(_mm256_mul_ps(_mm256_mul_ps(_mm256_set1_ps(0.5f), e), above), below);
    __m256 y = _mm256_mul_ps(v, _mm256_blendv_ps(_mm256_sub_ps(one, tail), tail, v));
    if (up) y = _mm256_mul_ps(y, _mm256_maskload_ps(up + i, lanes));
    _mm256_maskstore_ps(x + i, lanes, y);
  }
}

SKALD_TARGET_END

}  // namespace detail::avx2
}  // namespace skald

#endif
