#include "skald/logits/no_repeat_ngram.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_no_repeat_ngram)

using skald::NoRepeatNgram;
using skald::token_id;
using test::inf;
using test::Scores;


namespace {

// Every n-gram of the text in a table, as transformers 4 does it.
Scores banned(Scores s, const std::vector<token_id>& text, const std::vector<token_id>& ids, int n) {
  const int length = int(ids.size()), from = length + 1 - n;
  if (from < 0) return s;
  for (int i = 0; i + n <= int(text.size()); ++i)
    if (std::equal(text.begin() + i, text.begin() + i + n - 1, ids.begin() + from) && text[i + n - 1] < int(s.size()))
      s[text[i + n - 1]] = -inf;
  return s;
}

}  // namespace

BOOST_AUTO_TEST_CASE(golden) {
  BOOST_TEST(test::same(test::processed(NoRepeatNgram{2}, test::first, {.ids = test::first_ids}), test::first));
  BOOST_TEST(test::same(test::processed(NoRepeatNgram{2}, test::second, {.ids = test::second_ids}),
                        {-inf, 0.2f, 0.3f, 0.4f, -inf, -0.25f, 1, 5}));
  BOOST_TEST(test::same(test::processed(NoRepeatNgram{1}, test::first, {.ids = test::first_ids}),
                        {2, -inf, -inf, -inf, 0, 1.5f, -2, 2.5f}));
  BOOST_TEST(test::same(test::processed(NoRepeatNgram{1}, test::second, {.ids = test::second_ids}),
                        {-inf, 0.2f, 0.3f, 0.4f, -inf, -0.25f, 1, -inf}));
}

BOOST_AUTO_TEST_CASE(as_a_table_does_it) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    std::vector<token_id> ids(round % 90);
    for (token_id& t : ids) t = token_id(random() % 4);
    for (int n = 1; n <= 5; ++n) {
      const Scores expected = banned(Scores(3, 1.0f), ids, ids, n);
      BOOST_REQUIRE(test::same(test::processed(NoRepeatNgram{n}, Scores(3, 1.0f), {.ids = ids}), expected));
    }
  }
}

BOOST_AUTO_TEST_CASE(short_texts) {
  const std::vector<token_id> ids{1, 1};
  BOOST_TEST(test::same(test::processed(NoRepeatNgram{3}, {1, 1}, {.ids = ids}), {1, 1}));
  BOOST_TEST(test::same(test::processed(NoRepeatNgram{2}, {1, 1}, {.ids = ids}), {1, -inf}));
  BOOST_TEST(test::same(test::processed(NoRepeatNgram{1}, {1, 1}), {1, 1}));
  BOOST_TEST(test::same(test::processed(NoRepeatNgram{1}, {1, 1}, {.ids = ids, .pad = 0}), {-inf, -inf}));
}

BOOST_AUTO_TEST_CASE(has_to_be_positive) {
  BOOST_TEST(!NoRepeatNgram{1}.check());
  BOOST_TEST(test::refusal(NoRepeatNgram{0}) ==
             "no_repeat_ngram_size has to be a strictly positive integer: expected 1, found 0");
}

BOOST_AUTO_TEST_SUITE_END()
