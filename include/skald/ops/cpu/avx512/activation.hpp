// Activations of the form x * sigmoid(a x + b x^3) on AVX-512.
#pragma once
#include "skald/core/types.hpp"
#include "skald/ops/cpu/avx512/exp.hpp"
#include "skald/ops/cpu/avx512/registers.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {
namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

/// x = x sigmoid(a x + b x^3), times `up` where it is given; n of each. The exponential is of what is not above zero:
/// sigmoid(s) = 1 / (1 + e^-s) = e^s / (1 + e^s).
inline void times_sigmoid(float* x, const float* up, index_t n, float a, float b) {
  const __m512 one = _mm512_set1_ps(1.0f);
  for (index_t i = 0; i < n; i += 16) {
    const __mmask16 lanes = first_lanes(n - i);
    const __m512 v = _mm512_maskz_loadu_ps(lanes, x + i);
    const __m512 square = _mm512_min_ps(_mm512_set1_ps(1e30f), _mm512_mul_ps(v, v));  // 0 times infinity is no number
    const __m512 s = _mm512_mul_ps(v, _mm512_fmadd_ps(square, _mm512_set1_ps(b), _mm512_set1_ps(a)));
    const __m512 e = exp_below_zero(_mm512_sub_ps(_mm512_setzero_ps(), _mm512_abs_ps(s)));
    const __mmask16 below = _mm512_cmp_ps_mask(s, _mm512_setzero_ps(), _CMP_LT_OQ);
    const __m512 sigmoid = _mm512_div_ps(_mm512_mask_mov_ps(one, below, e), _mm512_add_ps(one, e));
    __m512 y = _mm512_mul_ps(v, sigmoid);
    if (up) y = _mm512_mul_ps(y, _mm512_maskz_loadu_ps(lanes, up + i));
    _mm512_mask_storeu_ps(x + i, lanes, y);
  }
}

SKALD_TARGET_END

}  // namespace detail::avx512
}  // namespace skald

#endif
