#include "skald/logits/min_length.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_min_length)

using skald::MinLength;
using skald::token_id;
using test::inf;
using test::Scores;


BOOST_AUTO_TEST_CASE(golden) {
  const std::vector<token_id> eos{3};
  BOOST_TEST(test::same(test::processed(MinLength{8}, test::first, {.ids = test::first_ids, .eos = eos}),
                        {2, -1, 0.5f, -inf, 0, 1.5f, -2, 2.5f}));
  BOOST_TEST(test::same(test::processed(MinLength{8}, test::second, {.ids = test::second_ids, .eos = eos}),
                        {0.1f, 0.2f, 0.3f, -inf, -0.5f, -0.25f, 1, 5}));
}

BOOST_AUTO_TEST_CASE(until_the_length_is_reached) {
  const std::vector<token_id> eos{1, 0, 7};
  const auto left = [&](int min_length, int padding) {
    return test::processed(MinLength{min_length}, {1, 2, 3},
                           {.ids = test::first_ids, .prompt_length = 1, .eos = eos, .padding = padding});
  };
  BOOST_TEST(test::same(left(6, 0), {-inf, -inf, 3}));
  BOOST_TEST(test::same(left(5, 0), {1, 2, 3}));
  BOOST_TEST(test::same(left(7, 1), {-inf, -inf, 3}));
  BOOST_TEST(test::same(left(6, 1), {1, 2, 3}));
  BOOST_TEST(test::same(test::processed(MinLength{6}, {1, 2}), {1, 2}));
}

BOOST_AUTO_TEST_CASE(has_to_be_non_negative) {
  BOOST_TEST(!MinLength{0}.check());
  BOOST_TEST(test::refusal(MinLength{-1}) == "min_length has to be a non-negative integer: expected 0, found -1");
}

BOOST_AUTO_TEST_SUITE_END()
