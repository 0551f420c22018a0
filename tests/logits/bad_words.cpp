#include "skald/logits/bad_words.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_bad_words)

using skald::BadWords;
using skald::token_id;
using test::inf;
using test::Scores;
using Words = std::vector<std::vector<skald::token_id>>;


BOOST_AUTO_TEST_CASE(golden) {
  const std::vector<token_id> eos{0};
  const BadWords p(Words{{5}, {1, 2}, {4, 7, 3}, {0}});
  BOOST_TEST(test::same(test::processed(p, test::first, {.ids = test::first_ids, .eos = eos}),
                        {2, -1, 0.5f, 3, 0, -inf, -2, 2.5f}));
  BOOST_TEST(test::same(test::processed(p, test::second, {.ids = test::second_ids, .eos = eos}),
                        {0.1f, 0.2f, 0.3f, -inf, -0.5f, -inf, 1, 5}));
}

BOOST_AUTO_TEST_CASE(end_tokens_alone_are_passed_over) {
  const std::vector<token_id> eos{0, 1};
  const BadWords p(Words{{0}, {2, 1}, {2}});
  BOOST_TEST(test::same(test::processed(p, {1, 1, 1}, {.ids = test::first_ids, .eos = eos}), {1, -inf, -inf}));
  BOOST_TEST(test::same(test::processed(p, {1, 1, 1}, {.ids = test::first_ids}), {-inf, -inf, -inf}));
  BOOST_TEST(test::failure(BadWords(Words{{0}, {1}}), {1, 1}, {.eos = eos}) ==
             "bad_words_ids: nothing is left of it without the end tokens");
}

BOOST_AUTO_TEST_CASE(has_to_hold_tokens) {
  BOOST_TEST(!BadWords(Words{{0}}).check());
  BOOST_TEST(test::refusal(BadWords(Words{})) == "bad_words_ids has to be a list that is not empty");
  BOOST_TEST(test::refusal(BadWords(Words{{1}, {}})) == "bad_words_ids: a sequence has to hold a token; one is empty");
  BOOST_TEST(test::refusal(BadWords(Words{{1, -3}})) == "bad_words_ids has to hold tokens: expected 0, found -3");
  BOOST_TEST(test::failure(BadWords(Words{{7, 0}}), {1, 1}) == "bad_words_ids: tokens below: expected 2, found 7");
}

BOOST_AUTO_TEST_SUITE_END()
