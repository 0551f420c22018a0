#include "skald/logits/encoder_repetition_penalty.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_encoder_repetition_penalty)

using skald::EncoderRepetitionPenalty;
using test::inf;
using test::Scores;


BOOST_AUTO_TEST_CASE(golden) {
  const EncoderRepetitionPenalty p{1.5};
  BOOST_TEST(test::close(test::processed(p, test::first, {.ids = test::first_ids, .prompt_length = 5}),
                         {2, -0.6666667f, 0.75f, 4.5f, 0, 1.5f, -2, 2.5f}));
  BOOST_TEST(test::close(test::processed(p, test::second, {.ids = test::second_ids, .prompt_length = 5}),
                         {0.15f, 0.2f, 0.3f, 0.4f, -0.3333333f, -0.25f, 1, 7.5f}));
}

BOOST_AUTO_TEST_CASE(the_prompt_alone_counts) {
  const std::vector<skald::token_id> ids{1, 0, 2};
  BOOST_TEST(test::same(test::processed(EncoderRepetitionPenalty{2.0}, {3, 3, 3}, {.ids = ids, .prompt_length = 1}),
                        {3, 6, 3}));
  BOOST_TEST(test::same(test::processed(EncoderRepetitionPenalty{2.0}, {3, 3, 3}, {.ids = ids}), {3, 3, 3}));
}

BOOST_AUTO_TEST_CASE(padding_counts_where_there_is_any) {
  const std::vector<skald::token_id> ids{1, 0};
  const auto with = [&](skald::token_id pad) {
    return test::processed(EncoderRepetitionPenalty{2.0}, {3, 3, 3}, {.ids = ids, .prompt_length = 1, .pad = pad});
  };
  BOOST_TEST(test::same(with(2), {3, 6, 6}));
  BOOST_TEST(test::same(with(1), {3, 6, 3}));
  BOOST_TEST(test::same(with(skald::no_token), {3, 6, 3}));
}

BOOST_AUTO_TEST_CASE(ids_outside_the_vocabulary_are_passed_over) {
  const std::vector<skald::token_id> ids{9, -1, 0};
  BOOST_TEST(test::same(test::processed(EncoderRepetitionPenalty{0.5}, {4, 4}, {.ids = ids, .prompt_length = 3}),
                        {2, 4}));
}

BOOST_AUTO_TEST_CASE(has_to_be_positive) {
  BOOST_TEST(!EncoderRepetitionPenalty{0.1}.check());
  for (const double bad : {0.0, -1.0, double(inf), double(test::nan)})
    BOOST_TEST(test::refusal(EncoderRepetitionPenalty{bad}) ==
               "encoder_repetition_penalty has to be a strictly positive, finite number");
}

BOOST_AUTO_TEST_SUITE_END()
