#include "skald/logits/sequence_bias.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_sequence_bias)

using skald::SequenceBias;
using skald::token_id;
using test::inf;
using test::Scores;
using Biases = std::vector<skald::BiasedSequence>;


BOOST_AUTO_TEST_CASE(golden) {
  const SequenceBias p(Biases{{{2}, 1.0f}, {{2, 6}, -3.0f}, {{4, 7, 1}, 2.0f}});
  BOOST_TEST(test::close(test::processed(p, test::first, {.ids = test::first_ids}),
                         {2, -1, 1.5f, 3, 0, 1.5f, -5, 2.5f}));
  BOOST_TEST(test::close(test::processed(p, test::second, {.ids = test::second_ids}),
                         {0.1f, 2.2f, 1.3f, 0.4f, -0.5f, -0.25f, 1, 5}));
}

BOOST_AUTO_TEST_CASE(several_for_one_token_are_summed) {
  const SequenceBias p(Biases{{{2, 0}, 1.0f}, {{0}, 4.0f}, {{1, 2, 0}, 0.5f}, {{7, 0}, 9.0f}});
  BOOST_TEST(test::same(test::processed(p, {1, 1}, {.ids = test::first_ids}), {6.5f, 1}));
}

BOOST_AUTO_TEST_CASE(of_equal_ones_the_later_counts) {
  const SequenceBias p(Biases{{{0}, 4.0f}, {{2, 1}, 1.0f}, {{0}, 1.0f}, {{2, 1}, 2.0f}});
  BOOST_TEST(test::same(test::processed(p, {1, 1, 1}, {.ids = test::first_ids}), {2, 3, 1}));
}

BOOST_AUTO_TEST_CASE(longer_than_the_text) {
  const std::vector<token_id> ids{1, 2};
  const SequenceBias p(Biases{{{0, 1, 2, 0}, 1.0f}, {{1, 2, 0}, 2.0f}});
  BOOST_TEST(test::same(test::processed(p, {1, 1, 1}, {.ids = ids}), {3, 1, 1}));
  BOOST_TEST(test::same(test::processed(p, {1, 1, 1}), {1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(has_to_hold_tokens) {
  BOOST_TEST(!SequenceBias(Biases{{{0}, 1.0f}}).check());
  BOOST_TEST(test::refusal(SequenceBias(Biases{})) == "sequence_bias has to be a list that is not empty");
  BOOST_TEST(test::refusal(SequenceBias(Biases{{{}, 1.0f}})) ==
             "sequence_bias: a sequence has to hold a token; one is empty");
  BOOST_TEST(test::refusal(SequenceBias(Biases{{{1, -3}, 1.0f}})) ==
             "sequence_bias has to hold tokens: expected 0, found -3");
  BOOST_TEST(test::failure(SequenceBias(Biases{{{1, 0}, 1.0f}}), {1, 1}).empty());
  BOOST_TEST(test::failure(SequenceBias(Biases{{{2, 0}, 1.0f}}), {1, 1}) ==
             "sequence_bias: tokens below: expected 2, found 2");
}

BOOST_AUTO_TEST_SUITE_END()
