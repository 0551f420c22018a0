// Activations of the form x * sigmoid(a x + b x^3) on NEON.
#pragma once
#include "skald/ops/cpu/neon/exp.hpp"

#if defined(__aarch64__)

namespace skald::inline SKALD_ABI {
namespace detail::neon {

/// v sigmoid(a v + b v^3). The exponential is of what is not above zero: sigmoid(s) = 1 / (1 + e^-s) = e^s / (1 + e^s).
[[gnu::always_inline]] inline float32x4_t times_sigmoid(float32x4_t v, float a, float b) {
  const float32x4_t one = vdupq_n_f32(1.0f);
  const float32x4_t square = vminq_f32(vdupq_n_f32(1e30f), vmulq_f32(v, v));  // 0 times infinity is no number
  const float32x4_t s = vmulq_f32(v, vfmaq_n_f32(vdupq_n_f32(a), square, b));
  const float32x4_t e = exp_below_zero(vnegq_f32(vabsq_f32(s)));
  return vmulq_f32(v, vdivq_f32(vbslq_f32(vcltzq_f32(s), e, one), vaddq_f32(one, e)));
}

/// x = x sigmoid(a x + b x^3), times `up` where it is given; n of each.
inline void times_sigmoid(float* x, const float* up, index_t n, float a, float b) {
  index_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const float32x4_t y = times_sigmoid(vld1q_f32(x + i), a, b);
    vst1q_f32(x + i, up ? vmulq_f32(y, vld1q_f32(up + i)) : y);
  }
  if (i < n) {
    const float32x4_t y = times_sigmoid(load_first(x + i, n - i), a, b);
    store_first(x + i, up ? vmulq_f32(y, load_first(up + i, n - i)) : y, n - i);
  }
}

}  // namespace detail::neon
}  // namespace skald

#endif
