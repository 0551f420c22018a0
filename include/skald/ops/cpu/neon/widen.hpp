// Stored numbers become floats on NEON, which every AArch64 processor has.
#pragma once
#include "skald/ops/cpu/intrinsics.hpp"
#include "skald/tensor/matrix_view.hpp"

#if defined(__aarch64__)

namespace skald::inline SKALD_ABI {
namespace detail::neon {

[[gnu::always_inline]] inline const std::uint8_t* bytes(const std::byte* p) {
  return reinterpret_cast<const std::uint8_t*>(p);
}

// How eight stored numbers become floats, at any alignment.
struct Halves {
  static constexpr index_t size = 2;
  static void all(const std::byte* p, float32x4_t& low, float32x4_t& high) {
    const float16x8_t v = vreinterpretq_f16_u8(vld1q_u8(bytes(p)));
    low = vcvt_f32_f16(vget_low_f16(v));
    high = vcvt_f32_f16(vget_high_f16(v));
  }
};
struct UpperHalves {
  static constexpr index_t size = 2;
  static void all(const std::byte* p, float32x4_t& low, float32x4_t& high) {
    const uint16x8_t v = vreinterpretq_u16_u8(vld1q_u8(bytes(p)));
    low = vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(v), 16));
    high = vreinterpretq_f32_u32(vshll_n_u16(vget_high_u16(v), 16));
  }
};
struct Codes8 {
  static constexpr index_t size = 1;
  static void all(const std::byte* p, float32x4_t& low, float32x4_t& high) {
    const int16x8_t v = vmovl_s8(vreinterpret_s8_u8(vld1_u8(bytes(p))));
    low = vcvtq_f32_s32(vmovl_s16(vget_low_s16(v)));
    high = vcvtq_f32_s32(vmovl_s16(vget_high_s16(v)));
  }
};

/// out[i] = scale * number i. Returns how many it did: whole registers.
template <class F>
index_t widen(const std::byte* from, index_t n, float scale, float* out) {
  index_t i = 0;
  for (; i + 8 <= n; i += 8) {
    float32x4_t low, high;
    F::all(from + i * F::size, low, high);
    vst1q_f32(out + i, vmulq_n_f32(low, scale));
    vst1q_f32(out + i + 4, vmulq_n_f32(high, scale));
  }
  return i;
}

/// The same of 4-bit codes, two a byte, the first in the high half: each of a float's four bytes is looked up by
/// itself, and a store puts the four beside each other.
inline index_t widen_codes(const std::byte* codes, index_t n, const std::byte* book, float scale, float* out) {
  float scaled[16];
  for (int i = 0; i < 16; i += 4)
    vst1q_f32(scaled + i, vmulq_n_f32(vreinterpretq_f32_u8(vld1q_u8(bytes(book) + 4 * i)), scale));
  const uint8x16x4_t planes = vld4q_u8(reinterpret_cast<const std::uint8_t*>(scaled));
  const auto store = [&](uint8x16_t each, float* to) {
    const uint8x16x4_t values{{vqtbl1q_u8(planes.val[0], each), vqtbl1q_u8(planes.val[1], each),
                               vqtbl1q_u8(planes.val[2], each), vqtbl1q_u8(planes.val[3], each)}};
    vst4q_u8(reinterpret_cast<std::uint8_t*>(to), values);
  };
  index_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const uint8x16_t pairs = vld1q_u8(bytes(codes + i / 2));
    const uint8x16_t high = vshrq_n_u8(pairs, 4), low = vandq_u8(pairs, vdupq_n_u8(15));
    store(vzip1q_u8(high, low), out + i);
    store(vzip2q_u8(high, low), out + i + 16);
  }
  return i;
}

}  // namespace detail::neon
}  // namespace skald

#endif
