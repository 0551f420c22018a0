#include "skald/precision/half.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

BOOST_AUTO_TEST_SUITE(precision_half)

using namespace skald;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// A 16-bit float by its definition: (-1)^sign (1 + m / 2^bits) 2^(e - bias), without the 1 where e = 0.
double by_definition(unsigned pattern, int mantissa_bits, int bias) {
  const int exponent_bits = 15 - mantissa_bits, highest = (1 << exponent_bits) - 1;
  const int exponent = int(pattern >> mantissa_bits) & highest, mantissa = int(pattern) & ((1 << mantissa_bits) - 1);
  const double sign = pattern & 0x8000u ? -1 : 1;
  if (exponent == highest) return mantissa ? std::nan("") : sign * HUGE_VAL;
  const int whole = exponent ? 1 << mantissa_bits : 0;
  return sign * std::ldexp(whole + mantissa, (exponent ? exponent : 1) - bias - mantissa_bits);
}

/// Every pattern widens to its definition and narrows back to itself; NaN stays NaN, with its sign.
template <class T, int MantissaBits, int Bias>
void check_patterns() {
  for (unsigned pattern = 0; pattern < 0x10000; ++pattern) {
    const T half{std::uint16_t(pattern)};
    const float wide = to_float(half);
    const double expected = by_definition(pattern, MantissaBits, Bias);
    const auto back = from_float<T>(wide).bits;
    if (std::isnan(expected)) {
      BOOST_REQUIRE_MESSAGE(std::isnan(wide) && std::signbit(wide) == (pattern >= 0x8000u), pattern);
      BOOST_REQUIRE_MESSAGE(std::isnan(to_float(T{back})) && (back & 0x8000u) == (pattern & 0x8000u), pattern);
    } else {
      BOOST_REQUIRE_MESSAGE(wide == expected && std::signbit(wide) == std::signbit(expected), pattern);
      BOOST_REQUIRE_MESSAGE(back == pattern, pattern << " came back as " << back);
    }
  }
}

/// Between each two neighbours: the middle goes to the even one, its own neighbours to the nearer one. Beyond the
/// largest number stands infinity, half a step further.
template <class T, int MantissaBits, int Bias>
void check_midpoints() {
  const unsigned above_all = unsigned((1 << (15 - MantissaBits)) - 1) << MantissaBits;
  for (unsigned sign : {0u, 0x8000u})
    for (unsigned low = 0; low < above_all; ++low) {
      const unsigned high = low + 1;
      const double a = by_definition(low, MantissaBits, Bias);
      const double step =
          low > 0 ? a - by_definition(low - 1, MantissaBits, Bias) : by_definition(1, MantissaBits, Bias);
      const double b = high < above_all ? by_definition(high, MantissaBits, Bias) : a + step;
      const auto middle = float((a + b) / 2);
      BOOST_REQUIRE_EQUAL(double(middle), (a + b) / 2);
      const auto narrow = [&](float x) { return unsigned(from_float<T>(sign ? -x : x).bits); };
      BOOST_REQUIRE_EQUAL(narrow(middle), sign | (low % 2 == 0 ? low : high));
      BOOST_REQUIRE_EQUAL(narrow(std::nextafter(middle, infinity)), sign | high);
      BOOST_REQUIRE_EQUAL(narrow(std::nextafter(middle, 0.0f)), sign | low);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_pattern_of_fp16) { check_patterns<fp16_t, 10, 15>(); }
BOOST_AUTO_TEST_CASE(every_pattern_of_bf16) { check_patterns<bf16_t, 7, 127>(); }
BOOST_AUTO_TEST_CASE(every_midpoint_of_fp16) { check_midpoints<fp16_t, 10, 15>(); }
BOOST_AUTO_TEST_CASE(every_midpoint_of_bf16) { check_midpoints<bf16_t, 7, 127>(); }

BOOST_AUTO_TEST_CASE(what_lies_far_outside) {
  BOOST_TEST(to_fp16(1e-30f).bits == 0u);
  BOOST_TEST(to_fp16(-1e-30f).bits == 0x8000u);
  BOOST_TEST(to_fp16(-std::numeric_limits<float>::denorm_min()).bits == 0x8000u);
  BOOST_TEST(to_fp16(1e30f).bits == 0x7c00u);
  BOOST_TEST(to_fp16(-infinity).bits == 0xfc00u);
  BOOST_TEST(to_bf16(std::numeric_limits<float>::max()).bits == 0x7f80u);
  BOOST_TEST(to_bf16(-infinity).bits == 0xff80u);
}

BOOST_AUTO_TEST_CASE(nan_never_becomes_infinity) {
  for (std::uint32_t bits : {0x7f800001u, 0x7f80ffffu, 0x7fffffffu, 0xff800001u, 0xffffffffu}) {
    const float x = std::bit_cast<float>(bits);
    const std::uint32_t sign = bits >> 16 & 0x8000u;
    BOOST_TEST((to_fp16(x).bits & 0xfe00u) == (sign | 0x7e00u));  // quiet
    BOOST_TEST((to_bf16(x).bits & 0xffc0u) == (sign | 0x7fc0u));
  }
}

BOOST_AUTO_TEST_CASE(constants) {
  static_assert(to_float(fp16_t{0x3555}) == 0.333251953125f && to_float(bf16_t{0x3eab}) == 0.333984375f);
  static_assert(to_fp16(1.0f / 3).bits == 0x3555 && to_bf16(1.0f / 3).bits == 0x3eab);
  constexpr float kept = from_float<float>(1.0f / 3);
  BOOST_TEST(to_float(kept) == 1.0f / 3);
}

BOOST_AUTO_TEST_CASE(numbers_are_read_at_any_address) {
  const float values[3] = {1.5f, -2.25f, 1e20f};
  std::byte bytes[16] = {};
  for (int offset = 0; offset < 4; ++offset) {
    std::memcpy(bytes + offset, values, sizeof values);
    for (int i = 0; i < 3; ++i) BOOST_TEST(load<float>(bytes + offset, i) == values[i]);
  }
}

BOOST_AUTO_TEST_CASE(rounding_in_place_is_there_and_back) {
  std::uint32_t state = 1;
  for (int i = 0; i < 300000; ++i) {
    state = state * 1664525u + 1013904223u;
    // All patterns, and half of them near the middle between two halves.
    const std::uint32_t bits = i % 2 ? state : (state & ~0x1fffu) | (0xfffu + state % 3u);
    const float x = std::bit_cast<float>(bits), expected = to_float(to_fp16(x)), found = rounded_to_fp16(x);
    if (std::isnan(x)) BOOST_REQUIRE(std::isnan(found));
    else BOOST_REQUIRE_EQUAL(std::bit_cast<std::uint32_t>(found), std::bit_cast<std::uint32_t>(expected));
  }
}

BOOST_AUTO_TEST_SUITE_END()
