// The exponential of softmax and of activations.
#pragma once
#include "skald/ops/cpu/neon/registers.hpp"

#if defined(__aarch64__)

namespace skald::inline SKALD_ABI {
namespace detail::neon {

/// e^x for x <= 0, within two units of the last place; less than e^-87.3 is e^-87.3 (Cephes' polynomial).
[[gnu::always_inline]] inline float32x4_t exp_below_zero(float32x4_t x) {
  x = vmaxq_f32(x, vdupq_n_f32(-87.3f));  // NaN stays
  const float32x4_t n = vrndnq_f32(vmulq_n_f32(x, 1.44269504f));
  float32x4_t r = vfmsq_f32(x, n, vdupq_n_f32(0.693359375f));
  r = vfmsq_f32(r, n, vdupq_n_f32(-2.12194440e-4f));
  float32x4_t e = vdupq_n_f32(1.9875691500e-4f);
  e = vfmaq_f32(vdupq_n_f32(1.3981999507e-3f), e, r);
  e = vfmaq_f32(vdupq_n_f32(8.3334519073e-3f), e, r);
  e = vfmaq_f32(vdupq_n_f32(4.1665795894e-2f), e, r);
  e = vfmaq_f32(vdupq_n_f32(1.6666665459e-1f), e, r);
  e = vfmaq_f32(vdupq_n_f32(5.0000001201e-1f), e, r);
  e = vfmaq_f32(vaddq_f32(r, vdupq_n_f32(1.0f)), e, vmulq_f32(r, r));
  const int32x4_t power = vshlq_n_s32(vaddq_s32(vcvtnq_s32_f32(n), vdupq_n_s32(127)), 23);
  return vmulq_f32(e, vreinterpretq_f32_s32(power));
}

}  // namespace detail::neon
}  // namespace skald

#endif
