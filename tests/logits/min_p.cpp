#include "skald/logits/min_p.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "logits/test_row.hpp"
#include "skald/core/error.hpp"

BOOST_AUTO_TEST_SUITE(logits_min_p)

using skald::MinP;
using test::inf;
using test::Scores;

BOOST_AUTO_TEST_CASE(golden) {
  BOOST_TEST(test::same(test::processed(MinP{0.2f}, {2, -1, 0.5f, 3, 0, 1.5f, -2, 2.5f}),
                        {2, -inf, -inf, 3, -inf, 1.5f, -inf, 2.5f}));
  BOOST_TEST(test::same(test::processed(MinP{0.2f}, {0.1f, 0.2f, 0.3f, 0.4f, -0.5f, -0.25f, 1, 5}),
                        {-inf, -inf, -inf, -inf, -inf, -inf, -inf, 5}));
}

BOOST_AUTO_TEST_CASE(one_keeps_the_best_and_zero_keeps_all) {
  const Scores s{1, 3, 2, 3};
  BOOST_TEST(test::same(test::processed(MinP{1.0f}, s), {-inf, 3, -inf, 3}));
  BOOST_TEST(test::same(test::processed(MinP{0.0f}, s), s));
  BOOST_TEST(test::same(test::processed(MinP{1.0f}, Scores(9, -4.0f)), Scores(9, -4.0f)));
}

BOOST_AUTO_TEST_CASE(never_fewer_than_min_keep) {
  BOOST_TEST(test::same(test::processed(MinP{0.9f}, {9, 1, 2, 2, 0}, {.min_keep = 2}), {9, -inf, 2, -inf, -inf}));
  BOOST_TEST(test::same(test::processed(MinP{0.3f}, {3, 3, 2, 2, 0}, {.min_keep = 2}), {3, 3, 2, 2, -inf}));
  BOOST_TEST(test::same(test::processed(MinP{0.9f}, {9, 1}, {.min_keep = 5}), {9, 1}));
}

BOOST_AUTO_TEST_CASE(small_empty_and_spoilt_rows) {
  BOOST_TEST(test::same(test::processed(MinP{0.5f}, {7}), {7}));
  BOOST_TEST(test::same(test::processed(MinP{0.5f}, Scores{}), {}));
  BOOST_TEST(test::same(test::processed(MinP{0.5f}, Scores(5, -inf)), Scores(5, -inf)));
  BOOST_TEST(test::same(test::processed(MinP{0.5f}, {-inf, 1, -inf}), {-inf, 1, -inf}));
  BOOST_TEST(test::same(test::processed(MinP{0.5f}, {1, test::nan, 2}), {1, test::nan, 2}));
}

BOOST_AUTO_TEST_CASE(as_the_probabilities_say) {
  std::mt19937 random(9);
  for (int kind = 0; kind < test::kinds; ++kind) {
    for (float m : {0.01f, 0.05f, 0.3f, 0.99f}) {
      const Scores s = test::random_scores(random, 700, kind);
      const std::vector<double> p = test::softmax(s);
      const double best = *std::max_element(p.begin(), p.end());
      const Scores found = test::processed(MinP{m}, s);
      for (std::size_t i = 0; i < s.size(); ++i) {
        if (std::abs(p[i] / best - m) < 1e-5) continue;  // float32 decides
        BOOST_REQUIRE(found[i] == (p[i] < double(m) * best ? -inf : s[i]));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(has_to_be_a_probability) {
  for (float good : {0.0f, 0.5f, 1.0f}) BOOST_TEST(!MinP{good}.check());
  for (float bad : {-0.1f, 1.1f, test::nan}) {
    BOOST_TEST(skald::Error(MinP{bad}.check()).message() == "min_p has to be a number in [0, 1]");
  }
}

BOOST_AUTO_TEST_SUITE_END()
