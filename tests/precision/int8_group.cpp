#include "skald/precision/int8_group.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "skald/tensor/cache_elements.hpp"
#include "support/matrices.hpp"

BOOST_AUTO_TEST_SUITE(precision_int8_group)

using namespace skald;

static_assert(sizeof(Int8Group) == 36 && GroupElement<Int8Group> && !GroupElement<float> && !GroupElement<fp16_t>);
static_assert(elements_for<Int8Group>(1) == 1 && elements_for<Int8Group>(32) == 1 && elements_for<Int8Group>(33) == 2);
static_assert(elements_for<fp16_t>(33) == 33);

BOOST_AUTO_TEST_CASE(numbers_are_near_in_every_size) {
  for (const float size : {1e-30f, 1e-3f, 1.0f, 3e4f, 1e38f})
    for (index_t n : {1, 31, 32, 33, 100}) {
      auto x = support::numbers(n, unsigned(n), -2, 2);
      for (float& v : x) v *= size;
      std::vector<Int8Group> row(std::size_t(elements_for<Int8Group>(n)));
      write_numbers(x.data(), n, row.data());
      std::vector<float> all(x.size());
      read_numbers(row.data(), 0, n, all.data());
      for (index_t i = 0; i < n; ++i) {
        float highest = 0;
        for (index_t j = i / 32 * 32; j < std::min(n, i / 32 * 32 + 32); ++j)
          highest = std::max(highest, std::fabs(x[std::size_t(j)]));
        BOOST_REQUIRE_LE(std::fabs(number_at(row.data(), i) - x[std::size_t(i)]), highest / 127 * 0.5001f);
        BOOST_REQUIRE_EQUAL(all[std::size_t(i)], number_at(row.data(), i));
      }
    }
}

BOOST_AUTO_TEST_CASE(the_largest_is_exact_and_signs_are_alike) {
  const float x[] = {127, -127, 126.4f, -126.6f, 0.5f, -0.5f, 0.4f, -0.0f};
  Int8Group g;
  g.assign(x, 8);
  const int expected[] = {127, -127, 126, -127, 1, -1, 0, 0};
  for (index_t i = 0; i < 8; ++i) BOOST_TEST(int(g.codes[i]) == expected[i]);
  for (index_t i = 8; i < 32; ++i) BOOST_TEST(int(g.codes[i]) == 0);
  BOOST_TEST(g[1] == -127.0f);
}

BOOST_AUTO_TEST_CASE(any_piece_of_a_row) {
  const auto x = support::numbers(80, 3);
  std::vector<Int8Group> row(3);
  write_numbers(x.data(), 80, row.data());
  for (index_t first : {0, 5, 31, 32, 40})
    for (index_t n : {1, 17, 32, 40}) {
      std::vector<float> piece(std::size_t(n), -1);
      read_numbers(row.data(), first, n, piece.data());
      for (index_t i = 0; i < n; ++i) BOOST_REQUIRE_EQUAL(piece[std::size_t(i)], number_at(row.data(), first + i));
    }
}

BOOST_AUTO_TEST_CASE(nothing_denormal_and_no_number) {
  Int8Group g;
  const float zeros[3] = {};
  g.assign(zeros, 3);
  BOOST_TEST(g[0] == 0.0f);
  const float least[] = {std::numeric_limits<float>::denorm_min(), -1e-40f};
  g.assign(least, 2);
  BOOST_TEST(std::fabs(g[1] + 1e-40f) <= 1e-36f);
  for (const float bad : {std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
    const float x[] = {1, bad, 2};
    g.assign(x, 3);
    BOOST_TEST(std::isnan(g[0]));
    BOOST_TEST(std::isnan(g[1]));
  }
}

BOOST_AUTO_TEST_SUITE_END()
