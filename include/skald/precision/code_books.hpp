// The tables of 4-bit and nested 8-bit quantisation, as bitsandbytes 0.50 has them.
#pragma once
#include <bit>
#include <cstdint>
#include <utility>

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

/// QLoRA's NormalFloat, sorted. A value takes the number of thresholds (midpoints) it lies strictly above.
struct NormalFloat4 {
  static constexpr const char* name = "nf4";
  static constexpr bool is_nf4 = true;
  static constexpr unsigned zero = 7;
  static constexpr float values[16] = {
      -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f,
      -0.18477343022823334f, -0.09105003625154495f, 0.0f, 0.07958029955625534f, 0.16093020141124725f,
      0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f};
  static constexpr float thresholds[15] = {
      -0.8480964004993439f, -0.6106329262256622f, -0.4599952697753906f, -0.33967943489551544f, -0.23460740596055984f,
      -0.13791173323988914f, -0.045525018125772476f, 0.03979014977812767f, 0.1202552504837513f, 0.2035212516784668f,
      0.2920137718319893f, 0.3893125355243683f, 0.5016634166240692f, 0.6427869200706482f, 0.8614784181118011f};

  static constexpr unsigned nearest(float s) { return nearest(s, std::make_integer_sequence<int, 15>{}); }

 private:
  // One expression without a branch: loops over it vectorise.
  template <int... I>
  static constexpr unsigned nearest(float s, std::integer_sequence<int, I...>) {
    return (0u + ... + unsigned(s > thresholds[I]));
  }
};

/// Sign, two exponent bits, one mantissa bit, divided by the largest (12). Not sorted: the index is the bit pattern.
struct Float4 {
  static constexpr const char* name = "fp4";
  static constexpr bool is_nf4 = false;
  static constexpr unsigned zero = 0;
  static constexpr float values[16] = {0.0f, 0.0052083334885537624f, 0.6666666865348816f, 1.0f,
                                       0.3333333432674408f, 0.5f, 0.1666666716337204f, 0.25f,
                                       0.0f, -0.0052083334885537624f, -0.6666666865348816f, -1.0f,
                                       -0.3333333432674408f, -0.5f, -0.1666666716337204f, -0.25f};
  // Magnitudes in rising order, and the codes they stand for.
  static constexpr unsigned sorted[8] = {0, 1, 6, 7, 4, 5, 2, 3};

  /// Nearest value by exact midpoints, a midpoint itself goes down (NaN is -1). Both zeros decode to 0; small positive
  /// values take code 8 and small negative ones 0, as bitsandbytes does on the CPU.
  static constexpr unsigned nearest(float s) { return nearest(s, std::make_integer_sequence<int, 7>{}); }

 private:
  static constexpr float midpoint(int i) { return (values[sorted[i]] + values[sorted[i + 1]]) / 2; }

  // A magnitude above a midpoint, or on it where the number is negative, exchanges one code for the next. One
  // expression without a branch: floats above 0 order as integers.
  template <int... I>
  static constexpr unsigned nearest(float s, std::integer_sequence<int, I...>) {
    constexpr std::int32_t limits[] = {std::bit_cast<std::int32_t>(midpoint(I))...};
    constexpr int steps[] = {int(sorted[I + 1]) - int(sorted[I])...};
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(s);
    const std::int32_t above = std::int32_t(bits & 0x7fffffffu) + std::int32_t(bits >> 31);
    const int code = (0 + ... + (-int(above > limits[I]) & steps[I]));
    const int below_all = int(above <= limits[0]);
    const int negative = (below_all & int(s > 0)) | (~below_all & int(!(s >= 0)));
    return unsigned(code + 8 * negative);
  }
};

/// bitsandbytes' signed dynamic map of 256 values: seven decades, 2^i values in decade i, with 0 and 1, sorted.
struct DynamicMap {
  float values[256] = {};

  constexpr DynamicMap() {
    // Positive half: decade i holds 2^i values 10^(i-6) * (midpoints of 2^i equal parts of [0.1, 1]).
    int at = 128;
    double scale = 1e-6;
    for (int i = 0; i < 7; ++i, scale *= 10) {
      const int n = 1 << i;
      for (int k = 0; k < n; ++k) {
        const float low = float(0.1 + 0.9 * k / n), high = float(0.1 + 0.9 * (k + 1) / n);
        values[at++] = float(scale) * ((low + high) / 2);
      }
    }
    values[255] = 1.0f;
    for (int i = 0; i < 127; ++i) values[i] = -values[254 - i];
  }

  /// Nearest entry; an exact tie takes the lower. The number of midpoints below x, by halving without a branch.
  constexpr unsigned nearest(float x) const {
    unsigned below = 0;
    for (unsigned step = 128; step > 0; step /= 2) {
      const unsigned at = below + step - 1;
      below += x > (values[at] + values[at + 1]) / 2 ? step : 0;
    }
    return below;
  }
};

inline constexpr DynamicMap dynamic_map{};

}  // namespace skald
