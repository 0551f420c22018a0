// What every kernel on NEON, which every AArch64 processor has, does with memory: stored bytes at any alignment, and
// the lanes that an array's end leaves.
#pragma once
#include "skald/core/types.hpp"
#include "skald/ops/cpu/intrinsics.hpp"

#if defined(__aarch64__)

namespace skald::inline SKALD_ABI {
namespace detail::neon {

[[gnu::always_inline]] inline uint8x16_t load_bytes(const std::byte* p) {
  return vld1q_u8(reinterpret_cast<const std::uint8_t*>(p));
}

/// The first n of four floats, zeros behind them.
[[gnu::always_inline]] inline float32x4_t load_first(const float* p, index_t n) {
  float lanes[4] = {};
  for (index_t i = 0; i < n; ++i) lanes[i] = p[i];
  return vld1q_f32(lanes);
}

[[gnu::always_inline]] inline void store_first(float* p, float32x4_t v, index_t n) {
  float lanes[4];
  vst1q_f32(lanes, v);
  for (index_t i = 0; i < n; ++i) p[i] = lanes[i];
}

}  // namespace detail::neon
}  // namespace skald

#endif
