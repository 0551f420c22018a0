// Products of few rows on NEON with the dot product instructions of ARMv8.2: nf4 and fp4 that compute in int8.
#pragma once
#include "skald/ops/cpu/neon/four_bit.hpp"
#include "skald/ops/cpu/neon/llm_int8.hpp"

#if defined(__aarch64__)

namespace skald::inline SKALD_ABI {
namespace detail::neon {

#if !defined(__ARM_FEATURE_DOTPROD)
SKALD_TARGET_BEGIN("arch=armv8.2-a+dotprod")
#endif

/// `pack_bytes<16>` says how x lies. Sums of a group are exact.
struct CodeBytes {
  static constexpr index_t group_bytes = 128;
  struct Tables {
    explicit Tables(const std::byte* floats) {
      const ByteBook bytes(floats);
      book = vreinterpretq_u8_s8(vld1q_s8(bytes.codes));
      unit = bytes.scale;
    }
    uint8x16_t book;
    float unit;
  };

  template <int M>
  [[gnu::noinline]] static void add_groups(const std::byte* w, const std::byte* soon, const float* scales,
                                           const Tables& tables, const std::byte* x, index_t stride, index_t count,
                                           float32x4_t* total) {
    const uint8x16_t book = tables.book;
    float32x4_t sums[M];
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) sums[m] = total[m];
    for (index_t g = 0; g < count; ++g, w += 32, x += group_bytes) {
      __builtin_prefetch(soon + g * 32);
      uint8x16_t values[4];
#pragma GCC unroll 4
      for (int part = 0; part < 4; ++part) {  // of a group: 16 even codes, their odd neighbours, the next
        const uint8x16_t pairs = load_bytes(w + part / 2 * 16);
        values[part] = vqtbl1q_u8(book, part % 2 == 0 ? vshrq_n_u8(pairs, 4) : vandq_u8(pairs, vdupq_n_u8(15)));
      }
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m) {
        const std::byte* const from = x + m * stride;
        int32x4_t sum = vdupq_n_s32(0);
#pragma GCC unroll 4
        for (int part = 0; part < 4; ++part)
          sum = add_products(sum, values[part], load_bytes(from + part / 2 * 64 + part % 2 * 16));
        const float32x4_t scale = vmulq_n_f32(vld1q_f32(reinterpret_cast<const float*>(from + 48)), scales[g]);
        sums[m] = vfmaq_f32(sums[m], vcvtq_f32_s32(sum), scale);
      }
    }
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) total[m] = sums[m];
  }
};

#if !defined(__ARM_FEATURE_DOTPROD)
SKALD_TARGET_END
#endif

}  // namespace detail::neon
}  // namespace skald

#endif
