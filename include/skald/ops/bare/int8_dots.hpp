// Integer products of rows: blocks by the instructions that the command line allows, the rest by the plain twin.
#pragma once
#include "skald/ops/bare/int8_dots_arm.hpp"
#include "skald/ops/bare/int8_dots_x86.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

inline constexpr index_t int8_dots_most = 16;  ///< rows at once

/// sums[r] = w[r stride ...] . x for r < rows <= int8_dots_most.
inline void int8_dots(const std::byte* w, index_t stride, index_t rows, const Int8Input& x, std::int32_t* sums) {
  index_t r = 0;
#if defined(__SSE2__) || defined(__ARM_NEON) || defined(__ARM_FEATURE_SIMD32) || \
    (defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1))
  for (; r + int8_dots_rows <= rows; r += int8_dots_rows) int8_dots_block(w + r * stride, stride, x, sums + r);
#endif
  plain_int8_dots(w + r * stride, stride, rows - r, x, sums + r);
}

}  // namespace detail
}  // namespace skald
