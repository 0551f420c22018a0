#include "skald/logits/typical_p.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_typical_p)

using skald::TypicalP;
using test::inf;
using test::Scores;


namespace {

// A sort by distance from the entropy, in double.
Scores sorted_twin(const Scores& s, double mass, int min_keep) {
  const auto p = test::softmax(s);
  double entropy = 0;
  for (const double each : p) entropy -= each > 0 ? each * std::log(each) : 0;
  std::vector<float> d;
  for (const double each : p) d.push_back(each > 0 ? float(std::abs(-std::log(each) - entropy)) : inf);
  std::vector<int> order(s.size());
  for (std::size_t i = 0; i < s.size(); ++i) order[i] = int(i);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return d[a] < d[b]; });
  double sum = 0;
  std::size_t last = 0;
  while (last + 1 < s.size() && (sum += p[order[last]]) < mass) ++last;
  Scores left(s.size(), -inf);
  for (std::size_t i = 0; i < s.size(); ++i)
    if (int(i) < min_keep || d[order[i]] <= d[order[last]]) left[order[i]] = s[order[i]];
  return left;
}

}  // namespace

BOOST_AUTO_TEST_CASE(golden) {
  BOOST_TEST(test::same(test::processed(TypicalP{0.6}, test::first), {2, -inf, -inf, 3, -inf, -inf, -inf, 2.5f}));
  BOOST_TEST(test::same(test::processed(TypicalP{0.6}, test::second), {-inf, -inf, -inf, -inf, -inf, -inf, -inf, 5}));
}

BOOST_AUTO_TEST_CASE(as_a_sort_does_it) {
  std::mt19937 random(6);
  for (const int n : {3, 80, 3000, 20000})
    for (const double mass : {0.013, 0.31, 0.77, 0.99})
      for (const int min_keep : {1, 2, 40}) {
        const Scores s = test::random_scores(random, n, 0);
        const Scores found = test::processed(TypicalP{mass}, s, {.min_keep = min_keep});
        const Scores expected = sorted_twin(s, mass, min_keep);
        int others = 0;  // among many, float32 ranks some otherwise that are as typical but for the last bit
        for (int i = 0; i < n; ++i) others += found[i] != expected[i];
        BOOST_REQUIRE_MESSAGE(others <= n / 5000, others << " of " << n << ", mass " << mass);
      }
}

BOOST_AUTO_TEST_CASE(ties_stay_together) {
  BOOST_TEST(test::same(test::processed(TypicalP{0.1}, Scores(9, 4.0f)), Scores(9, 4.0f)));
  const Scores s{0, 5, 0, 5, -inf, 0};
  BOOST_TEST(test::same(test::processed(TypicalP{0.3}, s), {-inf, 5, -inf, 5, -inf, -inf}));
  BOOST_TEST(test::same(test::processed(TypicalP{0.3}, s, {.min_keep = 3}), {0, 5, -inf, 5, -inf, -inf}));
}

BOOST_AUTO_TEST_CASE(in_a_row_that_was_cut) {
  const auto rule = skald::chain([](skald::LogitsRow& row, const skald::RowContext&) { row.keep_best(4); },
                                 TypicalP{0.6});
  const Scores cut{2, -inf, -inf, 3, -inf, 1.5f, -inf, 2.5f}, expected = sorted_twin(cut, 0.6, 1);
  BOOST_TEST(!test::same(expected, cut));
  BOOST_TEST(test::same(test::processed(rule, test::first), expected));
}

BOOST_AUTO_TEST_CASE(rows_without_a_distribution_stay) {
  BOOST_TEST(test::same(test::processed(TypicalP{0.5}, {1, test::nan}), {1, test::nan}));
  BOOST_TEST(test::same(test::processed(TypicalP{0.5}, {-inf, -inf}), {-inf, -inf}));
  BOOST_TEST(test::same(test::processed(TypicalP{0.5}, Scores{}), Scores{}));
}

BOOST_AUTO_TEST_CASE(between_zero_and_one) {
  BOOST_TEST(!TypicalP{0.5}.check());
  for (const double bad : {0.0, 1.0, -0.5, double(test::nan)})
    BOOST_TEST(test::refusal(TypicalP{bad}) == "typical_p has to be a number > 0 and < 1");
}

BOOST_AUTO_TEST_SUITE_END()
