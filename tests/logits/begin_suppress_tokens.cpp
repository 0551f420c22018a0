#include "skald/logits/begin_suppress_tokens.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_begin_suppress_tokens)

using skald::BeginSuppressTokens;
using skald::token_id;
using test::inf;
using test::Scores;


namespace {

Scores at(int prompt_length, int length, bool forced_bos, int padding = 0) {
  const std::vector<token_id> ids(length, 0);
  return test::processed(BeginSuppressTokens{{1, 9}, forced_bos}, {5, 6, 7},
                         {.ids = ids, .prompt_length = prompt_length, .padding = padding});
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_first_step_only) {
  BOOST_TEST(test::same(at(3, 3, false), {5, -inf, 7}));
  BOOST_TEST(test::same(at(3, 4, false), {5, 6, 7}));
  BOOST_TEST(test::same(at(1, 1, false), {5, -inf, 7}));
}

BOOST_AUTO_TEST_CASE(the_second_behind_a_forced_one) {
  BOOST_TEST(test::same(at(1, 1, true), {5, 6, 7}));
  BOOST_TEST(test::same(at(1, 2, true), {5, -inf, 7}));
  BOOST_TEST(test::same(at(1, 3, true), {5, 6, 7}));
  BOOST_TEST(test::same(at(2, 2, true), {5, -inf, 7}));
  BOOST_TEST(test::same(at(1, 1, true, 1), {5, -inf, 7}));
}

BOOST_AUTO_TEST_SUITE_END()
