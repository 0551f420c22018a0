#include "skald/logits/select.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
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
  const auto itself = [](float v) { return v; };
  const auto at_least = [](double mass) { return [mass](std::int32_t, double found) { return found >= mass; }; };
  const std::vector<float> values{1, 5, 3, 3, 2, 3};  // ranked 5 3 3 3 2 1
  const auto cut = [&](double mass) {
    std::vector<float> x = values;
    return detail::select(x.data(), 6, itself, at_least(mass));
  };
  const auto behind = [&](double mass) {
    std::vector<float> x{2, 1};
    return detail::select(x.data(), 2, itself, at_least(mass), detail::as_it_is, {4, 14.0});
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
  BOOST_TEST((behind(15).threshold == 2 && behind(17).threshold == 1 && behind(18).threshold == -test::inf));
}

BOOST_AUTO_TEST_CASE(ranked_otherwise) {
  std::vector<float> x{1, -5, 3, -3, 2};
  const auto size = [](float v) { return std::fabs(v); };
  const detail::Cut cut = detail::select(x.data(), 5, detail::no_weight,
                                         [](std::int32_t count, double) { return count >= 2; }, size);
  BOOST_TEST((cut.threshold == 3 && cut.ties == 1));
}

BOOST_AUTO_TEST_CASE(few_or_many_by_a_sample) {
  std::vector<float> x(5000, 0.0f);
  BOOST_TEST(detail::few_at_least(x.data(), 100, -1.0f));
  BOOST_TEST(!detail::few_at_least(x.data(), 5000, 0.0f));
  BOOST_TEST(detail::few_at_least(x.data(), 5000, 0.1f));
  for (int i = 0; i < 1000; ++i) x[i] = 1;
  BOOST_TEST(detail::few_at_least(x.data(), 5000, 1.0f));
  for (int i = 1000; i < 2000; ++i) x[i] = 1;
  BOOST_TEST(!detail::few_at_least(x.data(), 5000, 1.0f));
}

// Rows that a sample of 1024 tells all about, or nothing: the cut is that of select().
BOOST_AUTO_TEST_CASE(a_sample_changes_nothing) {
  std::mt19937 random(2);
  for (int kind = 0; kind < test::kinds + 2; ++kind) {
    for (const int n : {100, 8191, 8192, 20000}) {
      test::Scores s = test::random_scores(random, n, kind % test::kinds);
      if (kind >= test::kinds) {  // what is sampled is another thing than the rest
        for (int i = 0; i < n; i += n < 1024 ? 1 : n / 1024) s[i] = kind == test::kinds ? 9.0f : -9.0f;
      }
      const float top = *std::max_element(s.begin(), s.end());
      const auto weight = [top](float v) { return detail::exp_nonpositive(v - top); };
      for (const double mass : {0.0001, 0.2, 0.9, 0.999}) {
        for (const std::int32_t least : {1, 7, 9000}) {
          const auto enough = [&](std::int32_t count, double sum, double total) {
            return count >= least && sum >= mass * total;
          };
          test::Scores pool(n), copy = s;
          const detail::Bracket b = detail::bracket_of(s.data(), n, pool.data(), weight, enough);
          BOOST_REQUIRE(std::abs(b.total / detail::sum_exp(s.data(), n, top) - 1) < 1e-12);
          if (b.half >= 0) {
            const auto above = [&](float v) { return v - b.middle > b.half; };
            BOOST_REQUIRE(b.above.count == std::count_if(s.begin(), s.end(), above));
          }
          const detail::Cut found = detail::select_between(s.data(), n, pool.data(), b, weight, enough);
          const detail::Cut expected = detail::select(copy.data(), n, weight, [&](std::int32_t count, double sum) {
            return enough(count, sum, b.total);
          });
          BOOST_REQUIRE(found.threshold == expected.threshold);
          // Of many equal ones the last may be one more or less: their weight is summed in another order.
          if (found.threshold > -test::inf) BOOST_REQUIRE(std::abs(found.ties - expected.ties) <= 1);
        }
      }
    }
  }
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
    const auto count = [&](float) { return ++weighed, 0.0f; };
    detail::select(order.data(), n, count, [](std::int32_t c, double) { return c >= n / 2; });
    BOOST_TEST(weighed < 5 * n);
  }
}

BOOST_AUTO_TEST_SUITE_END()
