// Functions of libm whose last bits are the same everywhere: sums and products in a fixed order, integers where they
// are shorter. Compile with -ffp-contract=off where that matters: a fused product rounds once instead of twice.
#pragma once
#include <bit>
#include <cstdint>
#include <limits>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// e^x for x <= 0: relative error below 1e-7, e^0 exactly 1, 0 below -87.7 and for -inf. NaN gives 0.
/// 2^-n times a polynomial in r = x + n ln 2, |r| <= ln 2 / 2, fitted at Chebyshev nodes. The bound is taken on the
/// bits: GCC makes a comparison of floats a branch, and then a loop around this stays scalar.
inline float exp_nonpositive(float x) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x) & 0x7fffffffu;
  const std::uint32_t most = std::bit_cast<std::uint32_t>(88.0f);  // there n is 127, and 2^-n becomes 0
  const float t = std::bit_cast<float>(bits < most ? bits : most);
  const std::int32_t n = static_cast<std::int32_t>(t * 1.44269504f + 0.5f);
  const float fn = static_cast<float>(n);
  const float r = (fn * 0.693359375f - t) + fn * -2.12194440e-4f;  // ln 2 in two parts, the first exact
  float p = 1.98911878e-4f;
  p = p * r + 1.39338273e-3f;
  p = p * r + 8.33331075e-3f;
  p = p * r + 4.16664633e-2f;
  p = p * r + 0.166666667f;
  p = p * r + 0.5f;
  p = p * (r * r) + r + 1.0f;
  return p * std::bit_cast<float>((127 - n) << 23);
}

/// log2(x) of a normal x > 0, times 2^32; error below 2^-30. The bits of the fraction come one a squaring.
inline std::int64_t log2_q32(float x) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
  std::uint32_t m = bits << 8 | 0x80000000u, fraction = 0;
  for (int i = 0; i < 32; ++i) {
    const std::uint64_t square = std::uint64_t{m} * m;
    const auto up = std::uint32_t(square >> 63);
    fraction = fraction << 1 | up;
    m = std::uint32_t(square >> (31 + up));
  }
  return (std::int64_t(bits >> 23) - 127) * (std::int64_t{1} << 32) + fraction;
}

/// 2^(v / 2^32), rounded to the nearest float but for errors below 2^-29; 0 below 2^-126, infinite from 2^128 on.
inline float exp2_q32(std::int64_t v) {
  const std::int64_t whole = v >> 32;
  if (whole < -126) return 0.0f;
  if (whole > 127) return std::numeric_limits<float>::infinity();
  constexpr std::uint32_t terms[] = {0x16b1b, 0x95f92, 0x5802c2, 0x27608dc, 0xe35981a, 0x3d7f7986, 0xb1721816};
  const auto f = std::uint32_t(v);
  std::uint32_t sum = 0;
  for (const std::uint32_t term : terms) sum = term + std::uint32_t(std::uint64_t{sum} * f >> 32);
  sum = std::uint32_t(std::uint64_t{sum} * f >> 32);          // 2^f - 1, times 2^32
  const std::uint32_t rounded = (sum >> 9) + (sum >> 8 & 1);  // may be 2: then the exponent goes up by itself
  return std::bit_cast<float>((std::uint32_t(whole + 127) << 23) + rounded);
}

/// x - n pi / 2 in [-pi / 4, pi / 4], error below 2^-29, and n mod 4; x finite. x 2 / pi modulo 4 is the mantissa times
/// a window of the digits of 2 / pi (Payne and Hanek 1983), so no x is too large.
struct QuarterTurns {
  float rest;
  std::uint32_t turns;
};
inline QuarterTurns quarter_turns(float x) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x), magnitude = bits & 0x7fffffffu;
  if (magnitude < 0x3f490fdbu) return {x, 0};  // pi / 4
  constexpr std::uint64_t two_over_pi[] = {0xA2F9836E4E441529u, 0xFC2757D1F534DDC0u, 0xDB6295993C439041u};
  const int shift = int(magnitude >> 23) - 150 + 62, word = shift / 64, by = shift % 64;  // 37 <= shift <= 166
  const std::uint64_t before = word == 0 ? 0 : two_over_pi[word - 1];
  const std::uint64_t window = by == 0 ? before : before << by | two_over_pi[word] >> (64 - by);
  const std::uint64_t turn = window * ((magnitude & 0x7fffffu) | 0x800000u);  // times 2^62
  const std::uint64_t turns = (turn + (std::uint64_t{1} << 61)) >> 62;
  const auto rest = std::int32_t(std::int64_t(turn - (turns << 62)) >> 32);
  const float r = float(rest) * (1.57079633f * 0x1p-30f);
  return bits >> 31 ? QuarterTurns{-r, std::uint32_t(4 - turns) & 3} : QuarterTurns{r, std::uint32_t(turns) & 3};
}

inline float sine_near_zero(float r) {
  const float z = r * r;
  return ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * r + r;
}
inline float cosine_near_zero(float r) {
  const float z = r * r;
  return ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z - 0.5f * z + 1.0f;
}

/// Horner's rule, the highest power first.
template <int n>
float polynomial(const float (&terms)[n], float x) {
  float sum = terms[0];
  for (int i = 1; i < n; ++i) sum = sum * x + terms[i];
  return sum;
}

}  // namespace detail

/// The functions that models need, under the names of <cmath>. NaN gives NaN, but for sigmoid. No table, no `double`,
/// no errno.
struct PortableMath {
  /// Relative error below 3e-7; 0 below -87.7, infinite above 87.7.
  static float exp(float x) {
    const float e = detail::exp_nonpositive(x < 0 ? x : -x);
    const float y = x > 0 ? 1.0f / e : e;
    return x != x ? x : y;
  }
  /// 1 / (1 + e^-x), relative error below 3e-7, without a branch. NaN gives a number.
  static float sigmoid(float x) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
    const float e = detail::exp_nonpositive(std::bit_cast<float>(bits | 0x80000000u));
    const float above = std::bit_cast<std::int32_t>(x) < 0 ? e : 1.0f;
    return above / (1.0f + e);
  }
  /// Of normal x > 0; absolute error below 1e-9 beside the rounding.
  static float log(float x) {
    if (x == 0) return -std::numeric_limits<float>::infinity();
    if (!(x > 0)) return std::numeric_limits<float>::quiet_NaN();
    if (x > std::numeric_limits<float>::max()) return x;
    const std::int64_t q = detail::log2_q32(x), high = q >> 24;
    return float((high * 0xB17217F8 >> 8) + ((q & 0xffffff) * 0xB17217F8 >> 32)) * 0x1p-32f;  // ln 2 times 2^32
  }
  static float log_of_ratio(std::int32_t a, std::int32_t b) { return log(float(a) / float(b)); }
  /// x^y for normal x > 0; relative error below 2^-24 + |y| 2^-30 beside the rounding. 0 to a positive power is 0.
  static float pow(float x, float y) {
    if (y == 0) return 1.0f;
    if (x == 0) return y > 0 ? 0.0f : std::numeric_limits<float>::infinity();
    if (!(x > 0) || y != y) return std::numeric_limits<float>::quiet_NaN();
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(y) & 0x7fffffffu;
    const std::int64_t log = detail::log2_q32(x), mantissa = std::int64_t(bits & 0x7fffff) + 0x800000;
    const std::int64_t product = (y < 0 ? -log : log) * mantissa;  // times 2^(32 + down)
    const int down = 150 - int(bits >> 23);
    if (down >= 0) return detail::exp2_q32(down > 62 ? 0 : product >> down);
    const std::int64_t most = std::int64_t{1} << 40;  // more than any exponent
    const std::int64_t bound = down < -40 ? 0 : most >> -down;
    return detail::exp2_q32(product > bound ? most : product < -bound ? -most : product * (std::int64_t{1} << -down));
  }
  /// Absolute error below 2e-7, for every finite x.
  static float sin(float x) {
    if (x - x != 0) return std::numeric_limits<float>::quiet_NaN();
    const auto [r, turns] = detail::quarter_turns(x);
    const float s = turns % 2 ? detail::cosine_near_zero(r) : detail::sine_near_zero(r);
    return turns >= 2 ? -s : s;
  }
  /// Absolute error below 2e-7, for every finite x.
  static float cos(float x) {
    if (x - x != 0) return std::numeric_limits<float>::quiet_NaN();
    const auto [r, turns] = detail::quarter_turns(x);
    const float c = turns % 2 ? detail::sine_near_zero(r) : detail::cosine_near_zero(r);
    return turns == 1 || turns == 2 ? -c : c;
  }
  /// Relative error below 3e-7.
  static float tanh(float x) {
    if (x != x) return x;
    const float size = x < 0 ? -x : x;
    if (size < 0.625f) {
      const float z = x * x;
      return detail::polynomial({-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f,
                                 -3.33332819422e-1f}, z) * z * x + x;
    }
    const float e = detail::exp_nonpositive(-2.0f * size), t = (1.0f - e) / (1.0f + e);
    return x < 0 ? -t : t;
  }
  /// Absolute error below 2e-7, relative below 1 in magnitude.
  static float erf(float x) {
    if (x != x) return x;
    const float size = x < 0 ? -x : x;
    if (size < 1.0f)
      return x * detail::polynomial({7.87587505e-05f, -0.000801686428f, 0.00518908742f, -0.026854212f, 0.112835947f,
                                     -0.376126267f, 1.12837917f}, x * x);
    if (size > 4.0f) return x < 0 ? -1.0f : 1.0f;
    const float t = 1.0f / (1.0f + 0.5f * size);
    const float rest = detail::exp_nonpositive(-size * size) *
                       detail::polynomial({-0.0536304281f, -0.0570652f, 0.403495053f, 0.101495412f, 0.330757134f,
                                           0.27363434f, 0.000605118391f}, t);
    return x < 0 ? rest - 1.0f : 1.0f - rest;
  }
  /// Rounded correctly, of normal x: a few steps of Newton's, and the last place decided in integers.
  static float sqrt(float x) {
    if (!(x > 0) || x > std::numeric_limits<float>::max()) return x == 0 || x > 0 ? x : (x - x) / (x - x);
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
    float inverse = std::bit_cast<float>(0x5f3759dfu - (bits >> 1));
    for (int i = 0; i < 3; ++i) inverse = inverse * (1.5f - 0.5f * x * inverse * inverse);
    const std::uint32_t near = std::bit_cast<std::uint32_t>(x * inverse);
    // With s the root's unit in the last place, x is square s^2 and the root lies between roots that are whole.
    const int exponent = int(bits >> 23) - 127, odd = exponent & 1;
    const std::uint64_t square = std::uint64_t((bits & 0x7fffffu) | 0x800000u) << (23 + odd);
    std::uint64_t root = (near & 0x7fffffu) | 0x800000u;
    if (int(near >> 23) - 127 > (exponent - odd) / 2) root = 0xffffff;  // the estimate crossed a power of two
    if (int(near >> 23) - 127 < (exponent - odd) / 2) root = 0x800000;
    while (root * root + root < square) ++root;                // x > (root + 1/2)^2
    while (root * root - root >= square) --root;               // x < (root - 1/2)^2; the middle itself is no square
    return std::bit_cast<float>(std::uint32_t(((exponent - odd) / 2 + 126) << 23) + std::uint32_t(root));
  }
};

}  // namespace skald
