#include "skald/logits/top_p.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "logits/test_row.hpp"
#include "skald/core/error.hpp"

BOOST_AUTO_TEST_SUITE(logits_top_p)

using skald::TopP;
using test::inf;
using test::Scores;

namespace {

/// Sorts, sums from the least probable, and tells of each token whether it goes (-1), stays (1), or whether its sum is
/// so near to 1 - p that float32 decides (0).
std::vector<int> sorted_top_p(const Scores& s, double p, int min_keep) {
  const std::vector<int> order = test::ranking(s);
  const std::vector<double> probability = test::softmax(s);
  const double rest = float(1.0 - p);
  std::vector<int> verdict(s.size());
  double sum = 0;
  for (int i = int(s.size()) - 1; i >= 0; --i) {
    sum += probability[order[i]];
    verdict[order[i]] = i < min_keep ? 1 : std::abs(sum - rest) < 3e-7 ? 0 : sum <= rest ? -1 : 1;
  }
  return verdict;
}

void compare(const Scores& s, double p, int min_keep) {
  const Scores found = test::processed(TopP{p}, s, {.min_keep = min_keep});
  const std::vector<int> verdict = sorted_top_p(s, p, min_keep);
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (verdict[i] == 0 || s[i] == -inf) continue;
    BOOST_REQUIRE_MESSAGE(found[i] == (verdict[i] > 0 ? s[i] : -inf),
                          "token " << i << " of " << s.size() << ", p " << p);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(golden) {
  const Scores first{2, -1, 0.5f, 3, 0, 1.5f, -2, 2.5f};
  const Scores second{0.1f, 0.2f, 0.3f, 0.4f, -0.5f, -0.25f, 1, 5};
  const Scores best{-inf, -inf, -inf, -inf, -inf, -inf, -inf, 5};
  BOOST_TEST(test::same(test::processed(TopP{0.7}, first), {2, -inf, -inf, 3, -inf, -inf, -inf, 2.5f}));
  BOOST_TEST(test::same(test::processed(TopP{0.7}, second), best));
  BOOST_TEST(test::same(test::processed(TopP{0.05}, first), {-inf, -inf, -inf, 3, -inf, -inf, -inf, -inf}));
  BOOST_TEST(test::same(test::processed(TopP{0.05}, second), best));
}

BOOST_AUTO_TEST_CASE(zero_keeps_the_best_and_one_keeps_all) {
  const Scores s{1, 3, 2, 3};
  BOOST_TEST(test::same(test::processed(TopP{0.0}, s), {-inf, 3, -inf, -inf}));
  BOOST_TEST(test::same(test::processed(TopP{0.0}, s, {.min_keep = 3}), {-inf, 3, 2, 3}));
  BOOST_TEST(test::same(test::processed(TopP{1.0}, s), s));
  BOOST_TEST(test::same(test::processed(TopP{1.5}, s), s));
}

BOOST_AUTO_TEST_CASE(the_token_that_reaches_the_mass_stays) {
  const Scores even(4, 1.0f);  // a quarter each; among equals the lower token ranks higher
  BOOST_TEST(test::same(test::processed(TopP{0.75}, even), {1, 1, 1, -inf}));
  BOOST_TEST(test::same(test::processed(TopP{0.7501}, even), even));
  BOOST_TEST(test::same(test::processed(TopP{0.74}, even), {1, 1, 1, -inf}));
  BOOST_TEST(test::same(test::processed(TopP{0.5}, even), {1, 1, -inf, -inf}));
  const Scores ten(10, -3.0f);  // 1 - 0.9 is 0.1f only when it is taken in double
  Scores nine = ten;
  nine[9] = -inf;
  BOOST_TEST(test::same(test::processed(TopP{0.9}, ten), nine));
}

BOOST_AUTO_TEST_CASE(small_empty_and_spoilt_rows) {
  BOOST_TEST(test::same(test::processed(TopP{0.5}, {7}), {7}));
  BOOST_TEST(test::same(test::processed(TopP{0.5}, Scores{}), {}));
  BOOST_TEST(test::same(test::processed(TopP{0.5}, Scores(5, -inf)), Scores(5, -inf)));
  BOOST_TEST(test::same(test::processed(TopP{0.5}, {-inf, 1, -inf}), {-inf, 1, -inf}));
  BOOST_TEST(test::same(test::processed(TopP{0.5}, {1, 2}, {.min_keep = 5}), {1, 2}));
  BOOST_TEST(test::same(test::processed(TopP{0.5}, {1, test::nan, 2}), {1, test::nan, 2}));
  BOOST_TEST(test::same(test::processed(TopP{0.5}, {1, inf, 2}), {1, inf, 2}));
  BOOST_TEST(test::same(test::processed(TopP{0.9}, {1e6f, -1e6f, 3e38f}), {-inf, -inf, 3e38f}));
}

BOOST_AUTO_TEST_CASE(as_a_sort_does_it) {
  std::mt19937 random(5);
  for (int kind = 0; kind < test::kinds; ++kind) {
    for (int n : {1, 2, 8, 100, 1000, 5000, 20000}) {
      for (double p : {0.0, 0.1, 0.5, 0.9, 0.95, 0.999}) {
        for (int min_keep : {1, 3}) compare(test::random_scores(random, n, kind), p, min_keep);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(on_a_shortlist_as_on_the_row_it_stands_for) {
  std::mt19937 random(6);
  for (int kind = 0; kind < test::kinds; ++kind) {
    Scores s = test::random_scores(random, 500, kind);
    for (std::size_t i = 0; i < s.size(); i += 2) s[i] = -inf;
    const auto evens = [](skald::LogitsRow& row, const skald::RowContext&) {
      row.keep_if([](float, skald::token_id t) { return t % 2 != 0; });
    };
    for (double p : {0.3, 0.9}) {
      BOOST_TEST(test::same(test::processed(skald::chain(evens, TopP{p}), s), test::processed(TopP{p}, s)));
    }
  }
}

BOOST_AUTO_TEST_CASE(has_to_be_a_probability) {
  for (double good : {0.0, 0.5, 1.0}) BOOST_TEST(!TopP{good}.check());
  for (double bad : {-0.1, 1.1, double(test::nan)}) {
    BOOST_TEST(skald::Error(TopP{bad}.check()).message() == "top_p has to be a number in [0, 1]");
  }
}

BOOST_AUTO_TEST_SUITE_END()
