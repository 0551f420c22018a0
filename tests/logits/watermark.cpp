#include "skald/logits/watermark.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_watermark)

using skald::SeedingScheme;
using skald::token_id;
using skald::Watermark;
using skald::WatermarkingConfig;
using test::inf;
using test::Scores;

namespace {

using Tokens = std::vector<token_id>;

/// The tokens whose score rose.
Tokens favoured(const WatermarkingConfig& config, const Tokens& ids, const Scores& scores) {
  const Scores after = test::processed(Watermark(config), scores, {.ids = ids});
  Tokens found;
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (after[i] > scores[i] + 1) found.push_back(token_id(i));
  return found;
}

Scores stairs(int n) {
  Scores s;
  for (int i = 0; i < n; ++i) s.push_back(float((i * 37) % n) / 10);
  return s;
}

}  // namespace

// From transformers 5.23.0 with torch 2.15.0.
BOOST_AUTO_TEST_CASE(lefthash) {
  const WatermarkingConfig c{.greenlist_ratio = 0.3};
  BOOST_TEST((favoured(c, {3}, Scores(24, 0.0f)) == Tokens{3, 7, 9, 10, 11, 19, 20}));
  BOOST_TEST((favoured(c, {7, 0, 23}, Scores(24, 0.0f)) == Tokens{1, 8, 9, 12, 14, 17, 22}));
  BOOST_TEST((favoured(c, {5, 19}, Scores(24, 0.0f)) == Tokens{1, 2, 3, 14, 15, 21, 23}));
  const WatermarkingConfig big{.greenlist_ratio = 0.3, .hashing_key = (std::uint64_t{1} << 62) + 12345};
  BOOST_TEST((favoured(big, {23}, Scores(24, 0.0f)) == Tokens{1, 2, 7, 9, 11, 12, 14}));
  BOOST_TEST((favoured(big, {7}, Scores(24, 0.0f)) == Tokens{1, 6, 13, 14, 18, 20, 21}));
}

BOOST_AUTO_TEST_CASE(selfhash) {
  WatermarkingConfig c{.greenlist_ratio = 0.4, .seeding_scheme = SeedingScheme::selfhash};
  BOOST_TEST((favoured(c, {3, 9, 41}, stairs(60)) == Tokens{19, 21, 22, 25, 32, 34, 45, 46, 48, 51, 53, 59}));
  c.context_width = 3;
  BOOST_TEST((favoured(c, {3, 9, 41}, stairs(60)) == Tokens{1, 19, 20, 21, 22, 29, 32, 33, 51, 53, 55, 58}));
  BOOST_TEST((favoured(c, {7, 0, 59}, stairs(60)) == Tokens{4, 12, 17, 21, 22, 25, 34, 38, 40, 43, 48, 51}));
  BOOST_TEST((favoured(c, {7, 0}, stairs(60)).empty()));
}

BOOST_AUTO_TEST_CASE(of_equal_scores_forty_are_looked_at) {
  const WatermarkingConfig c{.greenlist_ratio = 0.9, .seeding_scheme = SeedingScheme::selfhash};
  Scores s(60, 1.0f);
  s[59] = 2.0f;
  const Tokens found = favoured(c, {3}, s);
  BOOST_TEST(found.size() > 20u);
  for (const token_id t : found) BOOST_TEST((t < 39 || t == 59));
}

BOOST_AUTO_TEST_CASE(in_a_row_that_was_cut) {
  const std::vector<token_id> ids{3};
  const auto rule = skald::chain([](skald::LogitsRow& row, const skald::RowContext&) {
    row.keep_if([](float, token_id t) { return t < 10; });
  }, Watermark(WatermarkingConfig{.greenlist_ratio = 0.3}));
  Scores expected(24, -inf);
  for (int t = 0; t < 10; ++t) expected[t] = t == 3 || t == 7 || t == 9 ? 2.5f : 0.5f;
  BOOST_TEST(test::same(test::processed(rule, Scores(24, 0.5f), {.ids = ids}), expected));
}

BOOST_AUTO_TEST_CASE(what_is_removed_stays_and_the_empty_text_too) {
  const std::vector<token_id> ids{3};
  Scores s(24, -inf);
  BOOST_TEST(test::same(test::processed(Watermark(WatermarkingConfig{}), s, {.ids = ids}), s));
  BOOST_TEST(test::same(test::processed(Watermark(WatermarkingConfig{}), {1, 2}), {1, 2}));
}

BOOST_AUTO_TEST_CASE(its_options) {
  BOOST_TEST(!Watermark(WatermarkingConfig{}).check());
  BOOST_TEST(test::refusal(WatermarkingConfig{.greenlist_ratio = 1.0}) ==
             "greenlist_ratio has to be between 0 and 1, and neither of them");
  BOOST_TEST(test::refusal(WatermarkingConfig{.context_width = 0}) ==
             "context_width has to be a positive integer: expected 1, found 0");
}

BOOST_AUTO_TEST_SUITE_END()
