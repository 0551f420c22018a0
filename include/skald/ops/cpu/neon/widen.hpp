// Stored numbers become floats on NEON: what products of many rows are fed with.
#pragma once
#include "skald/ops/cpu/neon/four_bit.hpp"
#include "skald/ops/cpu/neon/int8.hpp"

#if defined(__aarch64__)

namespace skald::inline SKALD_ABI {
namespace detail::neon {

/// out[i] = scale * number i. Returns how many it did: whole registers.
template <class F>
index_t widen(const std::byte* from, index_t n, float scale, float* out) {
  index_t i = 0;
  for (; i + 16 <= n; i += 16) {
    float32x4_t values[4];
    F::all(from + i * F::size, values);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) vst1q_f32(out + i + 4 * j, vmulq_n_f32(values[j], scale));
  }
  return i;
}

/// The same of 4-bit codes, two a byte, the first in the high half.
inline index_t widen_codes(const std::byte* codes, index_t n, const std::byte* book, float scale, float* out) {
  float scaled[16];
  for (int i = 0; i < 16; i += 4)
    vst1q_f32(scaled + i, vmulq_n_f32(vreinterpretq_f32_u8(load_bytes(book + 4 * i)), scale));
  const uint8x16x4_t tables = vld4q_u8(reinterpret_cast<const std::uint8_t*>(scaled));
  const auto store = [&](uint8x16_t each, float* to) {
    float32x4_t values[4];
    look_up(tables, each, values);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) vst1q_f32(to + 4 * j, values[j]);
  };
  index_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const uint8x16_t pairs = load_bytes(codes + i / 2);
    const uint8x16_t high = vshrq_n_u8(pairs, 4), low = vandq_u8(pairs, vdupq_n_u8(15));
    store(vzip1q_u8(high, low), out + i);
    store(vzip2q_u8(high, low), out + i + 16);
  }
  return i;
}

}  // namespace detail::neon
}  // namespace skald

#endif
