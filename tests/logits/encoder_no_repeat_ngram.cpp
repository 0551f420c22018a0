#include "skald/logits/encoder_no_repeat_ngram.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_encoder_no_repeat_ngram)

using skald::EncoderNoRepeatNgram;
using skald::token_id;
using test::inf;
using test::Scores;


BOOST_AUTO_TEST_CASE(the_prompt_alone_is_searched) {
  const std::vector<token_id> ids{1, 2, 3, 1, 0, 1};
  BOOST_TEST(test::same(test::processed(EncoderNoRepeatNgram{2}, Scores(4, 1.0f), {.ids = ids, .prompt_length = 4}),
                        {1, 1, -inf, 1}));
  BOOST_TEST(test::same(test::processed(EncoderNoRepeatNgram{2}, Scores(4, 1.0f), {.ids = ids, .prompt_length = 5}),
                        {-inf, 1, -inf, 1}));
  BOOST_TEST(test::same(test::processed(EncoderNoRepeatNgram{1}, Scores(4, 1.0f), {.ids = ids, .prompt_length = 2}),
                        {1, -inf, -inf, 1}));
}

BOOST_AUTO_TEST_CASE(prompts_without_an_ngram) {
  const std::vector<token_id> ids{1, 1, 1};
  BOOST_TEST(test::same(test::processed(EncoderNoRepeatNgram{3}, {1, 1}, {.ids = ids, .prompt_length = 2}), {1, 1}));
  BOOST_TEST(test::same(test::processed(EncoderNoRepeatNgram{9}, {1, 1}, {.ids = ids, .prompt_length = 3}), {1, 1}));
  BOOST_TEST(test::same(test::processed(EncoderNoRepeatNgram{2}, {1, 1}, {.ids = ids}), {1, 1}));
}

BOOST_AUTO_TEST_CASE(has_to_be_positive) {
  BOOST_TEST(!EncoderNoRepeatNgram{1}.check());
  BOOST_TEST(test::refusal(EncoderNoRepeatNgram{-2}) ==
             "encoder_no_repeat_ngram_size has to be a strictly positive integer: expected 1, found -2");
}

BOOST_AUTO_TEST_SUITE_END()
