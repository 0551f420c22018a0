// Numbers of a cache in eight bits.
#pragma once
#include <cmath>
#include <cstdint>

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

/// Thirty-two numbers of a key or a value, 36 bytes: number i is scale * codes[i], with scale = max |x| / 127 and
/// codes[i] = x[i] / scale to the nearest. Error: half a scale, and 1e-36. A NaN or an infinity makes the whole group
/// NaN.
struct Int8Group {
  static constexpr index_t numbers = 32;

  float scale;
  std::int8_t codes[numbers];

  float operator[](index_t i) const { return scale * float(codes[i]); }

  /// Takes n numbers, at most `numbers`; those behind are zero.
  void assign(const float* x, index_t n) {
    float highest = 0;
    bool finite = true;
    for (index_t i = 0; i < n; ++i) {
      const float size = std::fabs(x[i]);
      finite = finite && size < INFINITY;
      if (size > highest) highest = size;
    }
    scale = finite ? highest / 127 : NAN;
    const float inverse = finite && scale > 0 ? 127 / highest : 0.0f;
    const bool any = inverse > 0 && inverse < INFINITY;
    for (index_t i = 0; i < numbers; ++i) {
      const float code = any && i < n ? x[i] * inverse : 0.0f;
      codes[i] = std::int8_t(code < 0 ? code - 0.5f : code + 0.5f);
    }
  }
};

}  // namespace skald
