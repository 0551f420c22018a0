#include "skald/logits/min_new_tokens.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_min_new_tokens)

using skald::MinNewTokens;
using skald::token_id;
using test::inf;
using test::Scores;


BOOST_AUTO_TEST_CASE(until_there_are_so_many) {
  const std::vector<token_id> eos{1, 7};
  const auto left = [&](int min_new_tokens) {
    return test::processed(MinNewTokens{min_new_tokens}, {1, 2, 3},
                           {.ids = test::first_ids, .prompt_length = 3, .eos = eos, .padding = 4});
  };
  BOOST_TEST(test::same(left(3), {1, -inf, 3}));
  BOOST_TEST(test::same(left(2), {1, 2, 3}));
  BOOST_TEST(test::same(test::processed(MinNewTokens{3}, {1, 2}), {1, 2}));
}

BOOST_AUTO_TEST_CASE(has_to_be_non_negative) {
  BOOST_TEST(!MinNewTokens{0}.check());
  BOOST_TEST(test::refusal(MinNewTokens{-1}) ==
             "min_new_tokens has to be a non-negative integer: expected 0, found -1");
}

BOOST_AUTO_TEST_SUITE_END()
