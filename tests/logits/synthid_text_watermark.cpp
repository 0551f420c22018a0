#include "skald/logits/synthid_text_watermark.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_synthid_text_watermark)

using skald::SynthIDTextWatermark;
using skald::SynthIDTextWatermarkingConfig;
using skald::token_id;
using test::inf;
using test::Scores;

namespace {

SynthIDTextWatermarkingConfig config(bool skip) {
  return {.ngram_len = 3, .keys = {654, 400, 836}, .context_history_size = 4, .sampling_table_size = 64,
          .skip_first_ngram_calls = skip};
}

Scores stairs() {
  Scores s;
  for (int i = 0; i < 12; ++i) s.push_back(i == 4 ? -inf : float((i * 7) % 12) / 3.0f);
  return s;
}

Scores after(int new_tokens, bool skip = false) {
  std::vector<token_id> ids{1, 2, 3, 5, 3, 5, 3, 5, 0, 0, 0, 7};
  ids.resize(std::size_t(2 + new_tokens));
  return test::processed(SynthIDTextWatermark(config(skip)), stairs(), {.ids = ids, .prompt_length = 2});
}

bool near(const Scores& a, const Scores& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](float x, float y) { return std::abs(x - y) <= 2e-6f * std::abs(y); });
}

constexpr float lowest = -3.402823466e38f;

}  // namespace

// From transformers 5.23.0 with torch 2.15.0.
BOOST_AUTO_TEST_CASE(golden) {
  const Scores zeros{-6.1075797f, -3.7742467f, -4.7308364f, -6.2637439f, lowest,       -1.7308366f,
                     -2.2057056f, -8.9304104f, -1.5390388f, -3.2057054f, -0.87237227f, -5.6327109f};
  BOOST_TEST(near(after(0), zeros));
  BOOST_TEST(near(after(1), {-8.2854309f, -1.6201279f, -3.2867944f, -0.95346117f, lowest, -2.7575366f, -2.8462367f,
                             -6.0908699f, -4.0407972f, -6.3926554f, -1.5129033f, -4.1480217f}));
  BOOST_TEST(near(after(3), {-5.4387565f, -2.0738301f, -3.7043488f, -1.3710155f, lowest, -1.5488776f, -4.2832851f,
                             -5.9138041f, -1.7404966f, -4.438756f, -1.8822111f, -3.7720895f}));
  BOOST_TEST(near(after(7), {-5.5456257f, -4.2257905f, -5.9035363f, -2.8323574f, lowest, -1.1521924f, -1.794282f,
                             -4.4855261f, -2.8789587f, -3.8077803f, -1.4744469f, -2.1276152f}));
  BOOST_TEST(near(after(8), zeros));  // the context of the first call, which the history has forgotten
}

BOOST_AUTO_TEST_CASE(contexts_of_the_history_are_left_alone) {
  for (const int n : {4, 5, 6, 9}) BOOST_TEST(test::same(after(n), stairs()));
  BOOST_TEST(!test::same(after(10), stairs()));
}

BOOST_AUTO_TEST_CASE(the_first_calls_may_be_skipped) {
  for (const int n : {0, 1, 4, 5, 6, 9}) BOOST_TEST(test::same(after(n, true), stairs()));
  for (const int n : {2, 3, 7, 8, 10}) BOOST_TEST(near(after(n, true), after(n)));
}

BOOST_AUTO_TEST_CASE(g_values) {
  const SynthIDTextWatermark rule(config(false));
  const std::vector<token_id> text{1, 2, 3, 5, 7};
  const int expected[3][3] = {{1, 1, 1}, {0, 1, 0}, {1, 1, 1}};
  for (int i = 0; i < 3; ++i)
    for (int k = 0; k < 3; ++k)
      BOOST_TEST(rule.g_value(std::span(text).subspan(std::size_t(i), 3), config(false).keys[std::size_t(k)]) ==
                 bool(expected[i][k]));
}

BOOST_AUTO_TEST_CASE(rows_without_a_distribution_stay) {
  BOOST_TEST(test::same(test::processed(SynthIDTextWatermark(config(false)), {1, test::nan}), {1, test::nan}));
  BOOST_TEST(test::same(test::processed(SynthIDTextWatermark(config(false)), {-inf, -inf}), {-inf, -inf}));
}

BOOST_AUTO_TEST_CASE(its_options) {
  BOOST_TEST(!SynthIDTextWatermark(config(true)).check());
  const auto message = [](auto change) {
    SynthIDTextWatermarkingConfig c = config(false);
    change(c);
    return test::refusal(SynthIDTextWatermark(c));
  };
  BOOST_TEST(message([](auto& c) { c.ngram_len = 1; }) == "ngram_len: at least: expected 2, found 1");
  BOOST_TEST(message([](auto& c) { c.keys.clear(); }) == "keys: a list that is not empty");
  BOOST_TEST(message([](auto& c) { c.context_history_size = 0; }) ==
             "context_history_size: at least: expected 1, found 0");
  BOOST_TEST(message([](auto& c) { c.sampling_table_size = 0; }) ==
             "sampling_table_size: at least: expected 1, found 0");
  BOOST_TEST(message([](auto& c) { c.sampling_table_size = (1 << 24) + 1; }) ==
             "sampling_table_size: at most: expected 16777216, found 16777217");
}

BOOST_AUTO_TEST_SUITE_END()
