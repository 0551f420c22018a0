#include "skald/logits/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_numeric)

namespace detail = skald::detail;
using test::inf;

BOOST_AUTO_TEST_CASE(the_exponential_is_right_to_a_ulp_or_two) {
  double worst = 0;
  for (double x = 0; x > -87.3; x -= 1e-3) {
    const double expected = std::exp(double(float(x)));
    worst = std::max(worst, std::abs(detail::exp_nonpositive(float(x)) / expected - 1));
  }
  BOOST_TEST(worst < 1.5e-7);
  BOOST_TEST(detail::exp_nonpositive(0.0f) == 1.0f);
  BOOST_TEST(detail::exp_nonpositive(-0.0f) == 1.0f);
}

BOOST_AUTO_TEST_CASE(the_exponential_ends_at_zero) {
  for (float x : {-88.0f, -88.5f, -1000.0f, -3e38f, -inf, test::nan}) BOOST_TEST(detail::exp_nonpositive(x) == 0.0f);
}

BOOST_AUTO_TEST_CASE(the_maximum_of_any_length) {
  BOOST_TEST(detail::max_of(nullptr, 0) == -inf);
  std::mt19937 random(3);
  for (int n : {1, 2, 63, 64, 65, 127, 128, 200, 1000}) {
    const test::Scores s = test::random_scores(random, n, 0);
    BOOST_TEST(detail::max_of(s.data(), n) == *std::max_element(s.begin(), s.end()));
    for (int at : {0, n / 2, n - 1}) {
      test::Scores bad = s;
      bad[at] = test::nan;
      BOOST_TEST(std::isnan(detail::max_of(bad.data(), n)));
      bad[at] = inf;
      BOOST_TEST(detail::max_of(bad.data(), n) == inf);
    }
  }
  const test::Scores none(70, -inf);
  BOOST_TEST(detail::max_of(none.data(), 70) == -inf);
}

BOOST_AUTO_TEST_CASE(the_sum_of_any_length) {
  std::mt19937 random(4);
  for (int n : {1, 63, 64, 65, 255, 256, 257, 1000, 5000}) {
    test::Scores s = test::random_scores(random, n, 0);
    if (n > 2) s[1] = -inf;
    const float top = *std::max_element(s.begin(), s.end());
    double expected = 0;
    for (float v : s) expected += std::exp(double(v) - top);
    BOOST_TEST(detail::sum_exp(s.data(), n, top) == expected, boost::test_tools::tolerance(3e-7));
  }
}

BOOST_AUTO_TEST_CASE(the_entropy_of_any_length) {
  std::mt19937 random(5);
  for (int n : {1, 64, 65, 256, 300, 5000}) {
    test::Scores s = test::random_scores(random, n, 0);
    if (n > 2) s[1] = -inf, s[2] = -500;
    double expected = 0;
    for (double p : test::softmax(s)) expected -= p > 0 ? p * std::log(p) : 0;
    const detail::Mass mass = detail::mass_of(s.data(), n, *std::max_element(s.begin(), s.end()));
    BOOST_TEST(std::abs(mass.entropy - expected) < 1e-6 * (1 + expected));
    BOOST_TEST(mass.total == detail::sum_exp(s.data(), n, *std::max_element(s.begin(), s.end())));
  }
}

BOOST_AUTO_TEST_CASE(counts_and_maxima_of_blocks) {
  std::mt19937 random(6);
  for (int n : {0, 1, 63, 64, 200, 256, 600, 1024}) {
    const test::Scores s = test::random_scores(random, n, 0);
    const auto positive = [](float v) { return v > 0; };
    BOOST_TEST(detail::count_where(s.data(), n, positive) == std::count_if(s.begin(), s.end(), positive));
    test::Scores maxima(10);
    const int blocks = detail::block_maxima(s.data(), n, 128, maxima.data());
    BOOST_TEST(blocks == n / 128);
    for (int b = 0; b < blocks; ++b)
      BOOST_TEST(maxima[b] == *std::max_element(s.begin() + 128 * b, s.begin() + 128 * (b + 1)));
  }
  test::Scores bad(128, test::nan);
  bad[70] = -3;
  float top = 0;
  detail::block_maxima(bad.data(), 128, 128, &top);
  BOOST_TEST(top == -3);
}

BOOST_AUTO_TEST_CASE(where_visits_every_hit_in_order_until_told_to_stop) {
  for (int n : {0, 1, 63, 64, 65, 128, 300}) {
    test::Scores s(n, 0.0f);
    std::vector<int> expected;
    for (int i = 0; i < n; i += 1 + i % 45) s[i] = 1, expected.push_back(i);
    const auto hit = [](float v) { return v > 0; };
    std::vector<int> found;
    detail::for_each_where(s.data(), n, hit, [&](int i) { found.push_back(i); return true; });
    BOOST_TEST(found == expected, boost::test_tools::per_element());
    found.clear();
    detail::for_each_where(s.data(), n, hit, [&](int i) { found.push_back(i); return false; });
    BOOST_TEST(found.size() == (n ? 1u : 0u));
  }
}

BOOST_AUTO_TEST_SUITE_END()
