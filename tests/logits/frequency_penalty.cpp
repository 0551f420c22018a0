#include "skald/logits/frequency_penalty.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_frequency_penalty)

using skald::FrequencyPenalty;
using test::inf;
using test::Scores;


BOOST_AUTO_TEST_CASE(new_tokens_as_often_as_they_occur) {
  const std::vector<skald::token_id> ids{0, 1, 1, 2, 1, 9};
  BOOST_TEST(test::same(test::processed(FrequencyPenalty{0.5f}, {1, 2, -1, 4}, {.ids = ids, .prompt_length = 1}),
                        {1, 0.5f, -1.5f, 4}));
  BOOST_TEST(test::same(test::processed(FrequencyPenalty{-1.0f}, {1, 2, 3, 4}, {.ids = ids, .prompt_length = 3}),
                        {1, 3, 4, 4}));
}

BOOST_AUTO_TEST_CASE(what_was_cut_stays_out) {
  const std::vector<skald::token_id> ids{0, 3, 3};
  const auto rule = skald::chain([](skald::LogitsRow& row, const skald::RowContext&) { row.keep_best(2); },
                                 FrequencyPenalty{1.0f});
  BOOST_TEST(test::same(test::processed(rule, {1, 2, 3, 4}, {.ids = ids}), {-inf, -inf, 3, 2}));
}

BOOST_AUTO_TEST_CASE(between_minus_two_and_two) {
  BOOST_TEST(!FrequencyPenalty{-2.0f}.check());
  for (const float bad : {2.1f, -2.1f, test::nan})
    BOOST_TEST(test::refusal(FrequencyPenalty{bad}) == "frequency_penalty has to be a number in [-2, 2]");
}

BOOST_AUTO_TEST_SUITE_END()
