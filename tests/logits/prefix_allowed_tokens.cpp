#include "skald/logits/prefix_allowed_tokens.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_prefix_allowed_tokens)

using skald::PrefixAllowedTokens;
using skald::RowContext;
using skald::token_id;
using test::inf;
using test::Scores;


namespace {

const auto by_length = PrefixAllowedTokens{[](int prompt, std::span<const token_id> ids) {
  return std::vector<token_id>{token_id(ids.size()), token_id(prompt), token_id(ids.size())};
}};

}  // namespace

BOOST_AUTO_TEST_CASE(leaves_what_the_function_gives) {
  const std::vector<token_id> ids{7, 7};
  BOOST_TEST(test::same(test::processed(by_length, {1, 2, 3, 4}, {.ids = ids, .prompt = 1}), {-inf, 2, 3, -inf}));
  const auto cut = skald::chain([](skald::LogitsRow& row, const RowContext&) { row.keep_best(2); }, by_length);
  BOOST_TEST(test::same(test::processed(cut, {1, 2, 3, 4}, {.ids = ids, .prompt = 1}), {-inf, -inf, 3, -inf}));
  test::RowBuffers b({1, 2, 3, 4});
  skald::LogitsRow row = b.row();
  by_length(row, {.ids = ids, .prompt = 3});
  BOOST_TEST(row.size() == 2);
}

BOOST_AUTO_TEST_CASE(comes_back_where_all_of_it_was_removed) {
  const std::vector<token_id> ids{7};
  BOOST_TEST(test::same(test::processed(by_length, {-inf, -inf, 3}, {.ids = ids}), {0, 0, -inf}));
  BOOST_TEST(test::same(test::processed(by_length, {-inf, 2, 3}, {.ids = ids}), {-inf, 2, -inf}));
  BOOST_TEST(test::same(test::processed(by_length, {-inf, -inf, 3}, {.ids = ids, .log_probs = true}),
                        {-inf, -inf, -inf}));
}

BOOST_AUTO_TEST_CASE(any_range_of_integers) {
  const auto p = PrefixAllowedTokens{[](std::int64_t, const auto&) { return std::array<std::uint16_t, 2>{2, 0}; }};
  BOOST_TEST(test::same(test::processed(p, {1, 2, 3}), {1, -inf, 3}));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_met) {
  const auto none = PrefixAllowedTokens{[](int, std::span<const token_id>) { return std::vector<token_id>(); }};
  BOOST_TEST(test::failure(none, {1, 2}, {.prompt = 3}) ==
             "prefix_allowed_tokens_fn: no token is allowed; the constraint cannot be met. prompt[3]");
  const auto beyond = PrefixAllowedTokens{[](int, std::span<const token_id>) { return std::vector<token_id>{0, 2}; }};
  BOOST_TEST(test::failure(beyond, {1, 2}) == "prefix_allowed_tokens_fn: a token below[0]: expected 2, found 2");
}

BOOST_AUTO_TEST_SUITE_END()
