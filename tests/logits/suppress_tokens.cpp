#include "skald/logits/suppress_tokens.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_suppress_tokens)

using skald::SuppressTokens;
using test::inf;
using test::Scores;


BOOST_AUTO_TEST_CASE(golden) {
  BOOST_TEST(test::same(test::processed(SuppressTokens{{1, 4}}, test::first),
                        {2, -inf, 0.5f, 3, -inf, 1.5f, -2, 2.5f}));
  BOOST_TEST(test::same(test::processed(SuppressTokens{{4, 1, 4}}, test::second),
                        {0.1f, -inf, 0.3f, 0.4f, -inf, -0.25f, 1, 5}));
}

BOOST_AUTO_TEST_CASE(what_is_no_token_is_passed_over) {
  BOOST_TEST(test::same(test::processed(SuppressTokens{{9, -1}}, {1, 2}), {1, 2}));
  BOOST_TEST(test::same(test::processed(SuppressTokens{}, {1, 2}), {1, 2}));
}

BOOST_AUTO_TEST_SUITE_END()
