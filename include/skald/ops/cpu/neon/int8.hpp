// Products of few rows on NEON: int8 codes, widened to float in registers, so that x stays exact.
#pragma once
#include "skald/ops/cpu/neon/dense.hpp"
#include "skald/precision/int8.hpp"

#if defined(__aarch64__)

namespace skald::inline SKALD_ABI {
namespace detail::neon {

/// A look-up puts a code at the top of 32 bits, where it is a fixed-point number with 24 bits behind the point.
struct Codes8 {
  static constexpr index_t size = 1;
  [[gnu::always_inline]] static void all(const std::byte* p, float32x4_t (&v)[4]) {
    const uint8x16_t codes = load_bytes(p);
#pragma GCC unroll 4
    for (unsigned j = 0; j < 4; ++j) {
      const unsigned at = 4 * j << 24 | 0xffffff, next = 1 << 24;  // beyond 15 is 0
      const uint32x4_t index = {at, at + next, at + 2 * next, at + 3 * next};
      v[j] = vcvtq_n_f32_s32(vreinterpretq_s32_u8(vqtbl1q_u8(codes, vreinterpretq_u8_u32(index))), 24);
    }
  }
};

inline void multiply_int8(const Int8Parts& w, const StripRows& rows, index_t first, index_t last, MatrixView<Host> y) {
  const auto at = [&](index_t o) { return w.codes + w.rows(o) * w.cols; };
  const auto scale = [&](index_t o) { return int8::scale(w, o); };
  if (rows.x.rows == 1) multiply_row<Codes8>(at, scale, rows.x.cols, rows.x.data, first, last, y.data);
  else multiply_rows<Codes8>(at, scale, rows.x.cols, rows.x, first, last, y);
}

}  // namespace detail::neon
}  // namespace skald

#endif
