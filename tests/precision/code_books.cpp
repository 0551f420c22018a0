#include "skald/precision/code_books.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "precision/quantize_golden.hpp"

BOOST_AUTO_TEST_SUITE(precision_code_books)

using namespace skald;

namespace {

/// The entry nearest to s by exact distances; among equals the one that is first in `order`.
template <class Order>
unsigned nearest_by_search(const float* values, const Order& order, float s) {
  unsigned best = *std::begin(order);
  for (unsigned code : order)
    if (std::abs(double(values[code]) - s) < std::abs(double(values[best]) - s)) best = code;
  return best;
}

}  // namespace

BOOST_AUTO_TEST_CASE(tables_are_those_of_bitsandbytes) {
  const test::QuantizeGolden golden;
  BOOST_TEST(golden.floats("nf4.quant_map") == std::vector<float>(NormalFloat4::values, NormalFloat4::values + 16));
  BOOST_TEST(golden.floats("fp4.quant_map") == std::vector<float>(Float4::values, Float4::values + 16));
  // PyTorch's own table differs by a unit of the last place between instruction sets.
  const std::vector<float> map = golden.floats("nested_quant_map");
  BOOST_TEST(map.size() == 256u);
  for (std::size_t i = 0; i < 256; ++i) BOOST_TEST(std::abs(map[i] - dynamic_map.values[i]) <= 1e-7f);
}

BOOST_AUTO_TEST_CASE(nf4_thresholds_are_midpoints_and_a_tie_goes_down) {
  for (unsigned k = 0; k < 15; ++k) {
    const float t = NormalFloat4::thresholds[k];
    const double middle = (double(NormalFloat4::values[k]) + NormalFloat4::values[k + 1]) / 2;
    BOOST_TEST(std::abs(t - middle) <= 6e-8);
    BOOST_TEST(NormalFloat4::nearest(t) == k);
    BOOST_TEST(NormalFloat4::nearest(std::nextafter(t, 2.0f)) == k + 1);
  }
  for (unsigned code = 0; code < 16; ++code) BOOST_TEST(NormalFloat4::nearest(NormalFloat4::values[code]) == code);
  BOOST_TEST(NormalFloat4::values[NormalFloat4::zero] == 0);
}

BOOST_AUTO_TEST_CASE(fp4_takes_the_nearest_value_and_a_tie_goes_down) {
  for (unsigned k = 0; k < 8; ++k) {
    const unsigned code = Float4::sorted[k];
    if (k > 0) {
      BOOST_TEST(Float4::nearest(Float4::values[code]) == code);
      BOOST_TEST(Float4::nearest(-Float4::values[code]) == code + 8);
    }
    if (k == 7) break;
    const unsigned next = Float4::sorted[k + 1];
    const float middle = (Float4::values[code] + Float4::values[next]) / 2;
    BOOST_TEST(Float4::values[code] < Float4::values[next]);
    BOOST_TEST(Float4::values[Float4::nearest(middle)] == Float4::values[code]);
    BOOST_TEST(Float4::nearest(-middle) == next + 8);
    BOOST_TEST(Float4::values[Float4::nearest(-std::nextafter(middle, 0.0f))] == -Float4::values[code]);
    BOOST_TEST(Float4::nearest(std::nextafter(middle, 2.0f)) == next);
    BOOST_TEST(Float4::nearest(-std::nextafter(middle, 2.0f)) == next + 8);
    BOOST_TEST(Float4::values[code + 8] == -Float4::values[code]);
  }
}

BOOST_AUTO_TEST_CASE(fp4_has_two_zeros) {
  BOOST_TEST(Float4::nearest(0.0f) == 0u);
  BOOST_TEST(Float4::nearest(-0.0f) == 0u);
  BOOST_TEST(Float4::nearest(0.001f) == 8u);
  BOOST_TEST(Float4::nearest(-0.001f) == 0u);
  BOOST_TEST(Float4::values[0] == 0);
  BOOST_TEST(Float4::values[8] == 0);
  BOOST_TEST(Float4::values[Float4::zero] == 0);
}

BOOST_AUTO_TEST_CASE(random_numbers_take_the_nearest_code) {
  const unsigned all[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  for (int i = -4000; i <= 4000; ++i) {
    const float s = float(i) / 4000 + 1e-5f;
    if (s > 1) continue;
    const unsigned nf = NormalFloat4::nearest(s), nf_expected = nearest_by_search(NormalFloat4::values, all, s);
    BOOST_REQUIRE_EQUAL(nf, nf_expected);
    const unsigned fp = Float4::nearest(s), fp_expected = nearest_by_search(Float4::values, all, s);
    BOOST_REQUIRE_EQUAL(Float4::values[fp], Float4::values[fp_expected]);
  }
}

BOOST_AUTO_TEST_CASE(dynamic_map_is_sorted_and_nearly_symmetric) {
  const float* v = dynamic_map.values;
  BOOST_TEST(std::is_sorted(v, v + 256));
  BOOST_TEST(v[127] == 0);
  BOOST_TEST(v[255] == 1);
  for (int i = 0; i < 127; ++i) BOOST_TEST(v[i] == -v[254 - i]);
  // Some of the published values, nine digits.
  BOOST_TEST(std::abs(v[128] - 5.50000038e-07) <= 1e-14);
  BOOST_TEST(std::abs(v[135] - 0.000156250011) <= 1e-10);
  BOOST_TEST(std::abs(v[160] - 0.0142187504) <= 2e-9);
  BOOST_TEST(std::abs(v[254] - 0.992968738) <= 1e-7);
}

BOOST_AUTO_TEST_CASE(dynamic_map_takes_the_nearest_and_a_tie_goes_down) {
  const float* v = dynamic_map.values;
  for (unsigned i = 0; i < 255; ++i) {
    const float middle = (v[i] + v[i + 1]) / 2;
    BOOST_TEST(dynamic_map.nearest(v[i]) == i);
    BOOST_TEST(dynamic_map.nearest(middle) == i);
    BOOST_TEST(dynamic_map.nearest(std::nextafter(middle, 2.0f)) == i + 1);
  }
  BOOST_TEST(dynamic_map.nearest(1) == 255u);
  BOOST_TEST(dynamic_map.nearest(9) == 255u);
  BOOST_TEST(dynamic_map.nearest(-9) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
