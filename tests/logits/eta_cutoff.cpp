#include "skald/logits/eta_cutoff.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_eta_cutoff)

using skald::EtaCutoff;
using test::inf;
using test::Scores;


BOOST_AUTO_TEST_CASE(golden) {
  BOOST_TEST(test::same(test::processed(EtaCutoff{0.05}, test::first), {2, -inf, -inf, 3, -inf, 1.5f, -inf, 2.5f}));
  BOOST_TEST(test::same(test::processed(EtaCutoff{0.05}, test::second),
                        {-inf, -inf, -inf, -inf, -inf, -inf, -inf, 5}));
}

BOOST_AUTO_TEST_CASE(the_best_stay_with_their_ties) {
  const Scores s{1, 3, 1, 3, 0};
  BOOST_TEST(test::same(test::processed(EtaCutoff{0.99}, s), {-inf, 3, -inf, 3, -inf}));
  BOOST_TEST(test::same(test::processed(EtaCutoff{0.99}, s, {.min_keep = 3}), {1, 3, 1, 3, -inf}));
}

BOOST_AUTO_TEST_CASE(as_the_entropy_says) {
  std::mt19937 random(4);
  for (int kind = 0; kind < test::kinds; ++kind)
    for (const int n : {3, 80, 3000})
      for (const double epsilon : {0.0003, 0.013, 0.31}) {
        const Scores s = test::random_scores(random, n, kind);
        const auto p = test::softmax(s);
        double entropy = 0;
        for (const double each : p) entropy -= each > 0 ? each * std::log(each) : 0;
        const double eta = std::min(epsilon, std::sqrt(epsilon) * std::exp(-entropy));
        const float best = s[test::ranking(s)[0]];
        Scores expected = s;
        for (int i = 0; i < n; ++i) expected[i] = p[i] < eta && s[i] < best ? -inf : s[i];
        BOOST_REQUIRE(test::same(test::processed(EtaCutoff{epsilon}, s), expected));
      }
}

BOOST_AUTO_TEST_CASE(between_zero_and_one) {
  BOOST_TEST(!EtaCutoff{0.5}.check());
  for (const double bad : {0.0, 1.0, -0.5, double(test::nan)})
    BOOST_TEST(test::refusal(EtaCutoff{bad}) == "eta_cutoff has to be a number > 0 and < 1");
}

BOOST_AUTO_TEST_SUITE_END()
