#include "skald/logits/forced_bos.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_forced_bos)

using skald::ForcedBos;
using skald::token_id;
using test::inf;
using test::Scores;


BOOST_AUTO_TEST_CASE(golden) {
  const std::vector<token_id> one{5};
  BOOST_TEST(test::same(test::processed(ForcedBos{2}, test::first, {.ids = one, .prompt_length = 1}),
                        {-inf, -inf, 0, -inf, -inf, -inf, -inf, -inf}));
}

BOOST_AUTO_TEST_CASE(behind_one_token_only) {
  const std::vector<token_id> one{5}, two{5, 2};
  BOOST_TEST(test::same(test::processed(ForcedBos{1}, {1, 2}, {.ids = two, .prompt_length = 1}), {1, 2}));
  BOOST_TEST(test::same(test::processed(ForcedBos{1}, {1, 2}, {.ids = one, .padding = 1}), {1, 2}));
  BOOST_TEST(test::same(test::processed(ForcedBos{1}, {1, 2}), {1, 2}));
}

BOOST_AUTO_TEST_CASE(comes_back_where_it_was_cut) {
  const std::vector<token_id> one{5};
  const auto rule = skald::chain([](skald::LogitsRow& row, const skald::RowContext&) { row.keep_best(1); },
                                 ForcedBos{0});
  BOOST_TEST(test::same(test::processed(rule, {1, 2}, {.ids = one}), {0, -inf}));
}

BOOST_AUTO_TEST_CASE(has_to_be_a_token_of_the_vocabulary) {
  const std::vector<token_id> one{5};
  BOOST_TEST(!ForcedBos{0}.check());
  BOOST_TEST(test::refusal(ForcedBos{-1}) == "forced_bos_token_id has to be a token: expected 0, found -1");
  BOOST_TEST(test::failure(ForcedBos{1}, {1, 2}, {.ids = one}).empty());
  BOOST_TEST(test::failure(ForcedBos{2}, {1, 2}, {.ids = one}) ==
             "forced_bos_token_id: a token below: expected 2, found 2");
}

BOOST_AUTO_TEST_SUITE_END()
