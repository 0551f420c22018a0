#include "skald/logits/repetition_penalty.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <vector>

#include "logits/test_row.hpp"
#include "skald/core/error.hpp"

BOOST_AUTO_TEST_SUITE(logits_repetition_penalty)

using skald::RepetitionPenalty;
using skald::token_id;
using test::inf;
using test::Scores;

namespace {

Scores penalised(float penalty, const Scores& s, const std::vector<token_id>& ids) {
  return test::processed(RepetitionPenalty{penalty}, s, {.ids = ids});
}

}  // namespace

BOOST_AUTO_TEST_CASE(golden) {
  const Scores first{2, -1.5f, 0.3333333f, 2, 0, 1.5f, -2, 2.5f};
  const Scores second{0.06666667f, 0.2f, 0.3f, 0.4f, -0.75f, -0.25f, 1, 3.333333f};
  BOOST_TEST(test::close(penalised(1.5f, {2, -1, 0.5f, 3, 0, 1.5f, -2, 2.5f}, {3, 1, 3, 1, 2}), first));
  BOOST_TEST(test::close(penalised(1.5f, {0.1f, 0.2f, 0.3f, 0.4f, -0.5f, -0.25f, 1, 5}, {7, 0, 7, 4, 7}), second));
}

BOOST_AUTO_TEST_CASE(below_one_it_encourages) {
  BOOST_TEST(test::same(penalised(0.5f, {2, -2, 1}, {0, 1}), {4, -1, 1}));
  BOOST_TEST(test::same(penalised(1.0f, {2, -2, 1}, {0, 1}), {2, -2, 1}));
}

BOOST_AUTO_TEST_CASE(what_has_no_score_is_passed_over) {
  BOOST_TEST(test::same(penalised(2.0f, {2, -inf, 1}, {-1, 3, 1 << 30, 1, 0}), {1, -inf, 1}));
  BOOST_TEST(test::same(penalised(2.0f, {2, 1}, {}), {2, 1}));
  BOOST_TEST(test::same(penalised(2.0f, Scores{}, {0}), {}));
}

BOOST_AUTO_TEST_CASE(each_token_once_in_dense_and_cut_rows) {
  std::mt19937 random(2);
  const Scores s = test::random_scores(random, 300, 0);
  std::vector<token_id> ids;
  for (int i = 0; i < 500; ++i) ids.push_back(token_id(random() % 120));
  const std::set<token_id> distinct(ids.begin(), ids.end());
  const auto thirds = [](skald::LogitsRow& row, const skald::RowContext&) {
    row.keep_if([](float, token_id t) { return t % 3 == 0; });
  };
  Scores expected = s, expected_cut(s.size(), -inf);
  for (token_id t : distinct) expected[t] = s[t] < 0 ? s[t] * 1.3f : s[t] / 1.3f;
  for (std::size_t t = 0; t < s.size(); t += 3) expected_cut[t] = expected[t];
  BOOST_TEST(test::same(penalised(1.3f, s, ids), expected));
  BOOST_TEST(test::same(test::processed(skald::chain(thirds, RepetitionPenalty{1.3f}), s, {.ids = ids}), expected_cut));
}

BOOST_AUTO_TEST_CASE(has_to_be_positive_and_finite) {
  BOOST_TEST(!RepetitionPenalty{0.5f}.check());
  for (float bad : {0.0f, -1.0f, test::inf, test::nan}) {
    BOOST_TEST(skald::Error(RepetitionPenalty{bad}.check()).message() ==
               "repetition_penalty has to be a strictly positive, finite number");
  }
}

BOOST_AUTO_TEST_SUITE_END()
