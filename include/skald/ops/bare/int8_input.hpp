// One row of inputs in eight bits: what the integer products of Bare multiply.
#pragma once
#include <cstdint>

#include "skald/ops/reference/round_inputs.hpp"

namespace skald::inline SKALD_ABI {

/// codes[i] = round_half_even(127 x[i] / max |x|), and zeros behind them, so that a register may read past the end.
struct Int8Input {
  static constexpr index_t most = 1024;  ///< numbers at once: longer rows come in pieces, each with a scale of its own

  alignas(64) std::int8_t codes[most + 64];
  index_t n = 0;
  std::int32_t sum = 0;  ///< of the codes
  float scale = 0;       ///< max |x| / 127; none where a number of x is none

  void assign(const float* x, index_t count) {
    n = count;
    scale = detail::quantise_inputs(x, count, codes);
    sum = 0;
    for (index_t i = 0; i < count; ++i) sum += codes[i];
    for (index_t i = count; i < (count + 63) / 64 * 64; ++i) codes[i] = 0;
  }
};

namespace detail {

/// sums[r] = w[r stride ...] . x for r < rows, exact: every target has the same bits. The plain twin of all others.
inline void plain_int8_dots(const std::byte* w, index_t stride, index_t rows, const Int8Input& x, std::int32_t* sums) {
  const auto* from = reinterpret_cast<const signed char*>(w);
  index_t r = 0;
  for (; r + 4 <= rows; r += 4, from += 4 * stride) {  // four at once, so that a code is loaded once for them
    const signed char *a = from, *b = a + stride, *c = b + stride, *d = c + stride;
    std::int32_t sum[4] = {};
    for (index_t i = 0; i < x.n; ++i) {
      const std::int32_t code = x.codes[i];
      sum[0] += a[i] * code, sum[1] += b[i] * code, sum[2] += c[i] * code, sum[3] += d[i] * code;
    }
    for (index_t k = 0; k < 4; ++k) sums[r + k] = sum[k];
  }
  for (; r < rows; ++r, from += stride) {
    std::int32_t sum = 0;
    for (index_t i = 0; i < x.n; ++i) sum += std::int32_t(from[i]) * x.codes[i];
    sums[r] = sum;
  }
}

}  // namespace detail

}  // namespace skald
