#include "skald/logits/select.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_select)

namespace detail = skald::detail;

BOOST_AUTO_TEST_CASE(the_k_largest_as_sorting_finds_them) {
  std::mt19937 random(1);
  for (int kind = 0; kind < test::kinds; ++kind) {
    for (int n : {1, 2, 3, 10, 100, 1000}) {
      for (int k : {1, 2, n / 3, n / 2, n - 1, n}) {
        if (k < 1 || k > n) continue;
        test::Scores s = test::random_scores(random, n, kind);
        test::Scores sorted = s;
        std::sort(sorted.begin(), sorted.end(), std::greater<>());
        const detail::Cut cut = detail::select_largest(s.data(), n, k);
        BOOST_REQUIRE(cut.threshold == sorted[k - 1]);
        const auto above = std::count_if(sorted.begin(), sorted.end(), [&](float v) { return v > cut.threshold; });
        BOOST_REQUIRE(cut.ties == k - above);
        std::sort(s.begin(), s.begin() + k, std::greater<>());
        BOOST_REQUIRE(std::equal(s.begin(), s.begin() + k, sorted.begin()));  // the prefix comes first
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(more_than_there_are_keeps_all) {
  float s[] = {3, 1, 2};
  BOOST_TEST(detail::select_largest(s, 3, 4).threshold == -test::inf);
  BOOST_TEST(detail::select_largest(s, 0, 1).threshold == -test::inf);
}

BOOST_AUTO_TEST_CASE(the_shortest_prefix_with_enough_weight) {
  const auto sum = [](const float* x, std::int32_t n) {
    double total = 0;
    for (int i = 0; i < n; ++i) total += x[i];
    return total;
  };
  const auto at_least = [](double mass) { return [mass](std::int32_t, double found) { return found >= mass; }; };
  const std::vector<float> values{1, 5, 3, 3, 2, 3};  // ranked 5 3 3 3 2 1
  const auto cut = [&](double mass) {
    std::vector<float> x = values;
    return detail::select(x.data(), 6, sum, at_least(mass));
  };
  BOOST_TEST(cut(0).threshold == 5);
  BOOST_TEST(cut(0).ties == 1);
  BOOST_TEST(cut(5).threshold == 5);
  BOOST_TEST(cut(5).ties == 1);
  BOOST_TEST(cut(5.5).threshold == 3);
  BOOST_TEST(cut(5.5).ties == 1);
  BOOST_TEST(cut(11).ties == 2);
  BOOST_TEST(cut(11.5).ties == 3);
  BOOST_TEST(cut(15).threshold == 2);
  BOOST_TEST(cut(17).threshold == 1);
  BOOST_TEST(cut(18).threshold == -test::inf);
}

// Orders that are bad for a fixed choice of pivots: what is counted is how often a value is looked at.
BOOST_AUTO_TEST_CASE(no_order_is_slow) {
  const int n = 20000;
  std::vector<std::vector<float>> orders(3, std::vector<float>(n));
  for (int i = 0; i < n; ++i) {
    orders[0][i] = float(i);
    orders[1][i] = float(n - i);
    orders[2][i] = float(i < n / 2 ? i : n - i);
  }
  for (auto& order : orders) {
    long weighed = 0;
    const auto count = [&](const float*, std::int32_t m) { return weighed += m, 0.0; };
    detail::select(order.data(), n, count, [](std::int32_t c, double) { return c >= n / 2; });
    BOOST_TEST(weighed < 5 * n);
  }
}

BOOST_AUTO_TEST_SUITE_END()
