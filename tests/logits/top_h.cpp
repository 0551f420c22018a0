#include "skald/logits/top_h.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_top_h)

using skald::TopH;
using test::inf;
using test::Scores;


namespace {

Scores sorted_twin(const Scores& s, double top_h) {
  std::vector<int> order = test::ranking(s);
  if (order.size() > 100) order.resize(100);
  Scores best;
  for (const int t : order) best.push_back(s[t]);
  const auto q = test::softmax(best);
  double entropy = 0, sum = 0;
  for (const double each : q) entropy -= each > 0 ? each * std::log(each) : 0;
  Scores left(s.size(), -inf);
  for (std::size_t i = 0; i < q.size() && q[i] > 0; ++i) {
    sum -= q[i] * std::log(q[i]);
    if (i > 0 && float(sum) > float(top_h * entropy)) break;
    left[order[i]] = s[order[i]];
  }
  return left;
}

}  // namespace

BOOST_AUTO_TEST_CASE(as_a_sort_does_it) {
  std::mt19937 random(8);
  for (int kind = 0; kind < test::kinds; ++kind)
    for (const int n : {1, 3, 80, 100, 3000})
      for (const double top_h : {0.05, 0.4, 0.83}) {
        const Scores s = test::random_scores(random, n, kind);
        BOOST_REQUIRE(test::same(test::processed(TopH{top_h}, s), sorted_twin(s, top_h)));
      }
}

BOOST_AUTO_TEST_CASE(the_best_stays_in_any_case) {
  BOOST_TEST(test::same(test::processed(TopH{0.001}, {1, 3, 2}), {-inf, 3, -inf}));
  BOOST_TEST(test::same(test::processed(TopH{0.5}, {-inf, 3, -inf}), {-inf, 3, -inf}));
  BOOST_TEST(test::same(test::processed(TopH{0.5}, {1, test::nan}), {1, test::nan}));
}

BOOST_AUTO_TEST_CASE(between_zero_and_one) {
  BOOST_TEST(!TopH{1.0}.check());
  for (const double bad : {0.0, 1.1, double(test::nan)})
    BOOST_TEST(test::refusal(TopH{bad}) == "top_h has to be a number in (0, 1]");
}

BOOST_AUTO_TEST_SUITE_END()
