// Integer products on ARM, by what the command line allows: Helium, NEON with or without dot products, SMLAD.
#pragma once
#include "skald/ops/bare/int8_input.hpp"

#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1)
#include <arm_mve.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#elif defined(__ARM_FEATURE_SIMD32)
#include <arm_acle.h>
#include <bit>
#include <cstring>
#endif

namespace skald::inline SKALD_ABI {
namespace detail {

#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1)

inline constexpr index_t int8_dots_rows = 2;

inline void int8_dots_block(const std::byte* w, index_t stride, const Int8Input& x, std::int32_t* sums) {
  const auto* const first = reinterpret_cast<const std::int8_t*>(w);
  const std::int8_t* const second = first + stride;
  std::int32_t a = 0, b = 0;
  for (index_t i = 0; i < x.n; i += 16) {
    const mve_pred16_t left = vctp8q(std::uint32_t(x.n - i));
    const int8x16_t codes = vldrbq_s8(x.codes + i);
    a = vmladavaq_s8(a, vldrbq_z_s8(first + i, left), codes);
    b = vmladavaq_s8(b, vldrbq_z_s8(second + i, left), codes);
  }
  sums[0] = a, sums[1] = b;
}

#elif defined(__ARM_NEON)

inline constexpr index_t int8_dots_rows = 4;

/// acc[k] + four products of row and codes, or two and two: the sum of all lanes is the same.
inline int32x4_t add_int8_products(int32x4_t acc, int8x16_t row, int8x16_t codes) {
#if defined(__ARM_FEATURE_DOTPROD)
  return vdotq_s32(acc, row, codes);
#else
  acc = vpadalq_s16(acc, vmull_s8(vget_low_s8(row), vget_low_s8(codes)));
  return vpadalq_s16(acc, vmull_s8(vget_high_s8(row), vget_high_s8(codes)));
#endif
}

inline void int8_dots_block(const std::byte* w, index_t stride, const Int8Input& x, std::int32_t* sums) {
  const auto* const from = reinterpret_cast<const std::int8_t*>(w);
  int32x4_t acc[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
  for (index_t i = 0; i < x.n; i += 16) {
    const int8x16_t codes = vld1q_s8(x.codes + i);
    for (int r = 0; r < 4; ++r) {
      const std::int8_t* row = from + r * stride + i;
      std::int8_t end[16] = {};
      if (x.n - i < 16) {
        for (index_t k = 0; k < x.n - i; ++k) end[k] = row[k];
        row = end;
      }
      acc[r] = add_int8_products(acc[r], vld1q_s8(row), codes);
    }
  }
  for (int r = 0; r < 4; ++r) {
    const int32x2_t half = vadd_s32(vget_low_s32(acc[r]), vget_high_s32(acc[r]));
    sums[r] = vget_lane_s32(vpadd_s32(half, half), 0);
  }
}

#elif defined(__ARM_FEATURE_SIMD32)

inline constexpr index_t int8_dots_rows = 2;

/// Two products of 16 bits an instruction: bytes 0 and 2 of a word, then 1 and 3.
inline std::int32_t add_int8_products(std::int32_t sum, const std::byte* w, int16x2_t even, int16x2_t odd) {
  std::uint32_t word;
  std::memcpy(&word, w, sizeof word);
  return __smlad(__sxtb16(std::rotr(word, 8)), odd, __smlad(__sxtb16(word), even, sum));
}

inline void int8_dots_block(const std::byte* w, index_t stride, const Int8Input& x, std::int32_t* sums) {
  std::int32_t a = 0, b = 0;
  index_t i = 0;
  for (; i + 4 <= x.n; i += 4) {
    std::uint32_t word;
    std::memcpy(&word, x.codes + i, sizeof word);
    const int16x2_t even = __sxtb16(word), odd = __sxtb16(std::rotr(word, 8));
    a = add_int8_products(a, w + i, even, odd);
    b = add_int8_products(b, w + stride + i, even, odd);
  }
  for (; i < x.n; ++i) {
    a += std::int32_t(static_cast<signed char>(w[i])) * x.codes[i];
    b += std::int32_t(static_cast<signed char>(w[stride + i])) * x.codes[i];
  }
  sums[0] = a, sums[1] = b;
}

#endif

}  // namespace detail
}  // namespace skald
