#include "skald/logits/top_k.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "logits/test_row.hpp"
#include "skald/core/error.hpp"

BOOST_AUTO_TEST_SUITE(logits_top_k)

using skald::TopK;
using test::inf;
using test::Scores;

BOOST_AUTO_TEST_CASE(golden) {
  BOOST_TEST(test::same(test::processed(TopK{3}, {2, -1, 0.5f, 3, 0, 1.5f, -2, 2.5f}),
                        {2, -inf, -inf, 3, -inf, -inf, -inf, 2.5f}));
  BOOST_TEST(test::same(test::processed(TopK{3}, {0.1f, 0.2f, 0.3f, 0.4f, -0.5f, -0.25f, 1, 5}),
                        {-inf, -inf, -inf, 0.4f, -inf, -inf, 1, 5}));
}

BOOST_AUTO_TEST_CASE(ties_with_the_threshold_stay) {
  BOOST_TEST(test::same(test::processed(TopK{2}, {1, 3, 3, 2, 3, 0}), {-inf, 3, 3, -inf, 3, -inf}));
  BOOST_TEST(test::same(test::processed(TopK{1}, Scores(9, 4.0f)), Scores(9, 4.0f)));
}

BOOST_AUTO_TEST_CASE(never_fewer_than_min_keep) {
  BOOST_TEST(test::same(test::processed(TopK{1}, {1, 3, 2}, {.min_keep = 2}), {-inf, 3, 2}));
}

BOOST_AUTO_TEST_CASE(small_and_empty_rows) {
  BOOST_TEST(test::same(test::processed(TopK{50}, {1, 3, 2}), {1, 3, 2}));
  BOOST_TEST(test::same(test::processed(TopK{1}, {7}), {7}));
  BOOST_TEST(test::same(test::processed(TopK{1}, Scores{}), {}));
  BOOST_TEST(test::same(test::processed(TopK{2}, {-inf, 1, -inf}), {-inf, 1, -inf}));
  BOOST_TEST(test::same(test::processed(TopK{2}, Scores(5, -inf)), Scores(5, -inf)));
}

BOOST_AUTO_TEST_CASE(a_nan_stays_for_the_sampler_to_see) {
  BOOST_TEST(test::same(test::processed(TopK{1}, {1, test::nan, 2}), {-inf, test::nan, 2}));
}

BOOST_AUTO_TEST_CASE(as_a_sort_does_it) {
  std::mt19937 random(11);
  for (int kind = 0; kind < test::kinds; ++kind) {
    for (int n : {2, 70, 4000}) {
      for (int k : {1, 2, 40, 300, 2000}) {
        const Scores s = test::random_scores(random, n, kind);
        const float threshold = s[test::ranking(s)[std::min(k, n) - 1]];
        Scores expected = s;
        for (float& v : expected) v = v < threshold ? -inf : v;
        BOOST_REQUIRE(test::same(test::processed(TopK{k}, s), expected));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(has_to_be_positive) {
  BOOST_TEST(!TopK{1}.check());
  BOOST_TEST(skald::Error(TopK{0}.check()).message() ==
             "top_k has to be a strictly positive integer: expected 1, found 0");
  BOOST_TEST(bool(TopK{-3}.check()));
}

BOOST_AUTO_TEST_SUITE_END()
