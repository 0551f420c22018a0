#include "skald/generation/stopping.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/core/random.hpp"
#include "skald/generation/stop_strings.hpp"

BOOST_AUTO_TEST_SUITE(generation_stopping)

using namespace skald;
using Tokens = std::vector<token_id>;

namespace {

FinishReason asked(const auto& criterion, const Tokens& ids, std::int32_t max_length = 100, Tokens eos = {}) {
  return criterion(RowContext{.ids = ids, .prompt_length = 1, .max_length = max_length, .eos = eos});
}

const std::vector<std::string> table{"a", "b", "ab", "", "ba", "\xC3", "\xA4", "stop", "st", "op", " ", "top!"};

std::string piece(token_id t) {
  return t >= 0 && std::size_t(t) < table.size() ? table[std::size_t(t)] : std::string();
}

bool stops(std::vector<std::string> strings, const Tokens& ids) {
  return asked(StopStrings(std::move(strings), piece), ids) == FinishReason::stop;
}

/// The rule on the whole text: an occurrence that ends inside the last token.
bool by_hand(const std::vector<std::string>& strings, const Tokens& ids) {
  std::string text;
  std::size_t before_last = 0;
  for (token_id t : ids) before_last = text.size(), text += piece(t);
  for (const std::string& s : strings)
    for (std::size_t at = 0; !s.empty() && at + s.size() <= text.size(); ++at)
      if (text.compare(at, s.size(), s) == 0 && at + s.size() > before_last) return true;
  return false;
}

}  // namespace

BOOST_AUTO_TEST_CASE(length_end_tokens_and_what_comes_first) {
  BOOST_TEST((asked(MaxLength{}, {1, 2, 3}, 4) == FinishReason::none));
  BOOST_TEST((asked(MaxLength{}, {1, 2, 3}, 3) == FinishReason::length));
  BOOST_TEST((asked(MaxLength{}, {1, 2, 3}, 2) == FinishReason::length));
  BOOST_TEST((asked(EosToken{}, {1, 2, 3}, 9, {3}) == FinishReason::stop));
  BOOST_TEST((asked(EosToken{}, {1, 2, 3}, 9, {7, 9, 3}) == FinishReason::stop));
  BOOST_TEST((asked(EosToken{}, {1, 2, 3}, 9, {2}) == FinishReason::none));
  BOOST_TEST((asked(EosToken{}, {1, 2, 3}, 9, {}) == FinishReason::none));
  BOOST_TEST((asked(EosToken{}, {}, 9, {2}) == FinishReason::none));
  int calls = 0;
  const auto counted = [&](const RowContext&) { return ++calls, FinishReason::cancelled; };
  const auto all = stop_when(counted);
  BOOST_TEST((asked(all, {1, 2}, 2, {2}) == FinishReason::stop));
  BOOST_TEST(calls == 0);
  BOOST_TEST((asked(all, {1, 2}, 2, {1}) == FinishReason::cancelled));  // a user's reason, before the length
  BOOST_TEST((asked(stop_when(), {1, 2}, 2, {1}) == FinishReason::length));
  BOOST_TEST(name(FinishReason::length) == std::string("length"));
}

BOOST_AUTO_TEST_CASE(a_string_that_ends_in_the_last_token) {
  BOOST_TEST(stops({"stop"}, {7}));
  BOOST_TEST(stops({"stop"}, {8, 9}));
  BOOST_TEST(stops({"top"}, {8, 9}));         // begins within a token
  BOOST_TEST(stops({"st"}, {7}));             // ends within the last one
  BOOST_TEST(stops({"stop"}, {0, 7}));
  BOOST_TEST(!stops({"stop"}, {7, 0}));       // it was complete before the last token
  BOOST_TEST(!stops({"stop"}, {8, 0, 9}));
  BOOST_TEST(stops({"stop"}, {7, 8, 9}));     // a second one
  BOOST_TEST(!stops({"stop"}, {7, 8}));
  BOOST_TEST(stops({"x", "y", "op"}, {8, 9}));
  BOOST_TEST(stops({"top!"}, {8, 11}));
  BOOST_TEST(stops({"\xC3\xA4"}, {5, 6}));    // bytes: half characters count
  BOOST_TEST(!stops({"\xC3\xA4"}, {6, 5}));
  BOOST_TEST(!stops({"stop"}, {7, 3}));       // an empty token completes nothing
  BOOST_TEST(!stops({""}, {7}));
  BOOST_TEST(!stops({}, {7}));
  BOOST_TEST(!stops({"stop"}, {}));
  BOOST_TEST(!stops({"stop"}, {-1, 1000}));
  BOOST_TEST(stops({"aa"}, {0, 0, 0}));       // overlapping ones
  BOOST_TEST((asked(StopStrings({"abab"}, piece), {2, 2}) == FinishReason::stop));
}

BOOST_AUTO_TEST_CASE(strings_and_tokens_at_random) {
  const Tokens letters{0, 1, 2, 4};  // a, b, ab, ba
  int stopped = 0;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    auto draw = [&, n = 0u](std::uint32_t most) mutable { return random_bits({5, 0, i}, n++) % most; };
    Tokens ids;
    for (std::uint32_t n = 1 + draw(8); n > 0; --n) ids.push_back(letters[draw(4)]);
    std::vector<std::string> strings(1 + draw(2));
    for (std::string& each : strings)
      for (std::uint32_t n = 1 + draw(6); n > 0; --n) each.push_back(draw(2) ? 'a' : 'b');
    const bool expected = by_hand(strings, ids);
    BOOST_TEST(stops(strings, ids) == expected);
    stopped += expected;
  }
  BOOST_TEST((stopped > 500 && stopped < 2500));
}

BOOST_AUTO_TEST_SUITE_END()
