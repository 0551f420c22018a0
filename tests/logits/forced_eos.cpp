#include "skald/logits/forced_eos.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_forced_eos)

using skald::ForcedEos;
using skald::token_id;
using test::inf;
using test::Scores;


BOOST_AUTO_TEST_CASE(golden) {
  BOOST_TEST(test::same(test::processed(ForcedEos{{3}}, test::first, {.ids = test::first_ids, .max_length = 6}),
                        {-inf, -inf, -inf, 0, -inf, -inf, -inf, -inf}));
  BOOST_TEST(test::same(test::processed(ForcedEos{{3, 0}}, test::first, {.ids = test::first_ids, .max_length = 6}),
                        {0, -inf, -inf, 0, -inf, -inf, -inf, -inf}));
}

BOOST_AUTO_TEST_CASE(for_the_last_token_only) {
  for (const int max_length : {5, 7, 0})
    BOOST_TEST(test::same(test::processed(ForcedEos{{0}}, {1, 2}, {.ids = test::first_ids, .max_length = max_length}),
                          {1, 2}));
}

BOOST_AUTO_TEST_CASE(have_to_be_tokens_of_the_vocabulary) {
  BOOST_TEST(!ForcedEos{{0}}.check());
  BOOST_TEST(test::refusal(ForcedEos{{0, -4}}) ==
             "forced_eos_token_id has to be a list of tokens: expected 0, found -4");
  BOOST_TEST(test::refusal(ForcedEos{}) ==
             "forced_eos_token_id has to be a token or a list of tokens; it is empty");
  BOOST_TEST(test::failure(ForcedEos{{1, 2}}, {1, 2}, {.ids = test::first_ids, .max_length = 6}) ==
             "forced_eos_token_id: a token below: expected 2, found 2");
}

BOOST_AUTO_TEST_SUITE_END()
