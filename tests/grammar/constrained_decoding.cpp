#include "skald/grammar/constrained_decoding.hpp"

#include <boost/test/unit_test.hpp>

#include "grammar/twin.hpp"
#include "logits/test_row.hpp"
#include "skald/grammar/choices.hpp"
#include "skald/grammar/ebnf.hpp"

BOOST_AUTO_TEST_SUITE(grammar_constrained_decoding)

using namespace skald;
using test::inf;

namespace {

/// Tokens of up to thirteen letters, bytes of a character, one that writes nothing; the last is the end token.
struct Tokens {
  Tokens() {
    std::mt19937 random(7);
    for (const char* s : {"a", "b", "c", "\xC3", "\xA4", "\xC3\xA4", "a\xC3", ""}) pieces.emplace_back(s);
    for (int i = 0; i < 150; ++i) pieces.push_back(test::random_text(random, i % 3 ? 4 : 14));
    end = token_id(pieces.size());
    pieces.emplace_back();
  }
  TokenVocabulary vocabulary() const { return TokenVocabulary(pieces); }
  std::vector<std::string> pieces;
  token_id end = 0;
};

/// The tokens that are left of a row with random scores.
std::vector<token_id> left(const ConstrainedDecoding& rule, ConstrainedDecoding::State& state, std::size_t vocab,
                           std::span<const token_id> eos, std::string* failure = nullptr) {
  test::RowBuffers buffers(test::Scores(vocab, 1.0f));
  LogitsRow row = buffers.row();
  rule(row, {.eos = eos}, state);
  if (failure) *failure = row.fault() ? Error(row.fault()).message() : std::string();
  std::vector<token_id> tokens;
  row.for_each([&](float score, token_id t) {
    if (score != -inf) tokens.push_back(t);
  });
  return tokens;
}

void compare_with_trying_every_token(const GrammarLimits& limits, int grammars) {
  std::mt19937 random(11);
  const Tokens tokens;
  const std::vector<token_id> eos{tokens.end};
  int rows = 0;
  for (int i = 0; i < grammars; ++i) {
    const auto made = [](const GrammarLimits& of, std::mt19937 draws) {
      detail::Expressions e(of);
      for (int r = 0; r < 3; ++r) e.add_rule("rule");
      for (int r = 0; r < 3; ++r) e.define(r, test::random_expression(draws, e, 3, 4));
      return detail::make_grammar(e, "random");
    };
    const auto grammar = made({}, random), bounded = made(limits, random);
    random.discard(100);
    if (!grammar) continue;
    const ConstrainedDecoding rule(*bounded, tokens.vocabulary());
    auto state = rule.start({.eos = eos});
    std::string text;
    for (int step = 0; step < 6; ++step) {
      std::string failure;
      const auto found = left(rule, state, tokens.pieces.size(), eos, &failure);
      if (!failure.empty()) break;
      std::vector<token_id> expected;
      for (std::size_t t = 0; t < tokens.pieces.size(); ++t) {
        const std::string& piece = tokens.pieces[t];
        if (!piece.empty() && grammar->matches_beginning(text + piece)) expected.push_back(token_id(t));
      }
      if (expected.empty() || grammar->matches(text)) expected.push_back(tokens.end);
      BOOST_REQUIRE(found == expected);
      ++rows;
      const token_id next = found[std::size_t(test::below(random, int(found.size())))];
      auto copy = state;
      rule.accept(next == 0 ? 1 : 0, copy);  // a fork does not disturb
      rule.accept(next, state);
      if (next == tokens.end) break;
      text += tokens.pieces[std::size_t(next)];
    }
  }
  BOOST_TEST(rows > grammars);
}

}  // namespace

BOOST_AUTO_TEST_CASE(leaves_what_fits_and_nothing_else) { compare_with_trying_every_token({}, 200); }

BOOST_AUTO_TEST_CASE(forgets_and_goes_on) { compare_with_trying_every_token({.memory = 6000}, 200); }

BOOST_AUTO_TEST_CASE(counts_that_are_far_from_their_bounds_share_what_was_found) {
  const Tokens tokens;
  const std::vector<token_id> eos{tokens.end};
  for (const char* text : {"root ::= [ab]{40,100} \"c\"", "root ::= ([ab] | \"cc\"){3,80} | \"a\"{30,90} [bc]{20,70}"}) {
    const Grammar grammar = grammar_from_ebnf(text);
    const ConstrainedDecoding rule(grammar, tokens.vocabulary());
    auto state = rule.start({.eos = eos});
    std::string written;
    for (int i = 0; i < 101; ++i, written += 'a', rule.accept(0, state)) {
      std::vector<token_id> expected;
      for (std::size_t t = 0; t < tokens.pieces.size(); ++t) {
        const std::string& piece = tokens.pieces[t];
        if (!piece.empty() && grammar.matches_beginning(written + piece)) expected.push_back(token_id(t));
      }
      if (expected.empty() || grammar.matches(written)) expected.push_back(tokens.end);
      BOOST_REQUIRE_MESSAGE((left(rule, state, tokens.pieces.size(), eos) == expected), text << ": " << i);
    }
  }
}

BOOST_AUTO_TEST_CASE(characters_may_be_split_between_tokens) {
  const Tokens tokens;
  const std::vector<token_id> eos{tokens.end};
  const ConstrainedDecoding rule(grammar_from_ebnf("root ::= \"\u00E4\" [^a]"), tokens.vocabulary());
  auto state = rule.start({.eos = eos});
  BOOST_TEST((left(rule, state, tokens.pieces.size(), eos) == std::vector<token_id>{3, 5}));
  rule.accept(3, state);
  BOOST_TEST((left(rule, state, tokens.pieces.size(), eos) == std::vector<token_id>{4}));
  rule.accept(4, state);
  const auto last = left(rule, state, tokens.pieces.size(), eos);
  BOOST_TEST(std::ranges::count(last, 1) == 1);
  BOOST_TEST(std::ranges::count(last, 3) == 1);
  BOOST_TEST(std::ranges::count(last, 0) == 0);
  BOOST_TEST(std::ranges::count(last, tokens.end) == 0);
}

BOOST_AUTO_TEST_CASE(the_end_forces_the_end_token) {
  const std::vector<std::string> pieces{"yes", "no", "n", "o", "x", "", ""};
  const ConstrainedDecoding rule(grammar_from_choices({"yes", "no", "none"}), TokenVocabulary(pieces));
  const std::vector<token_id> eos{6, 5};
  auto state = rule.start({.eos = eos});
  BOOST_TEST((left(rule, state, 7, eos) == std::vector<token_id>{0, 1, 2}));
  auto other = state;
  rule.accept(0, state);
  BOOST_TEST((left(rule, state, 7, eos) == std::vector<token_id>{5, 6}));
  BOOST_TEST((left(rule, state, 70, eos) == std::vector<token_id>{5, 6}));  // a padded table
  rule.accept(5, state);
  BOOST_TEST(left(rule, state, 7, eos).size() == 7u);  // what follows is nobody's
  rule.accept(1, other);
  BOOST_TEST((left(rule, other, 7, eos) == std::vector<token_id>{2, 5, 6}));  // "no" may end, "none" may follow
  // No token writes what must follow "non": the end, not a fault.
  rule.accept(2, other);
  BOOST_TEST((left(rule, other, 7, eos) == std::vector<token_id>{5, 6}));
  // A token that does not fit was forced upon us.
  auto forced = rule.start({.eos = eos});
  rule.accept(4, forced);
  BOOST_TEST((left(rule, forced, 7, eos) == std::vector<token_id>{5, 6}));
  // Nothing says how a text ends.
  auto endless = rule.start({});
  rule.accept(0, endless);
  std::string failure;
  left(rule, endless, 7, {}, &failure);
  BOOST_TEST(failure == "grammar: the text must end here, and there is no eos_token_id, row[0]");
}

BOOST_AUTO_TEST_CASE(an_end_token_that_writes_text_ends_it) {
  const std::vector<std::string> pieces{"a", "\n"};
  const std::vector<token_id> eos{1};
  const ConstrainedDecoding rule(grammar_from_ebnf("root ::= \"a\" \"\\n\"? \"a\""), TokenVocabulary(pieces));
  auto state = rule.start({.eos = eos});
  rule.accept(0, state);
  BOOST_TEST((left(rule, state, 2, eos) == std::vector<token_id>{0}));
  rule.accept(0, state);
  BOOST_TEST((left(rule, state, 2, eos) == std::vector<token_id>{1}));
}

BOOST_AUTO_TEST_CASE(what_others_removed_comes_back_where_nothing_else_fits) {
  const std::vector<std::string> pieces{"a", "b", ""};
  const std::vector<token_id> eos{2};
  const ConstrainedDecoding rule(grammar_from_choices({"a"}), TokenVocabulary(pieces));
  BOOST_TEST(test::same(test::processed(rule, {-inf, 3, 4}, {.eos = eos}), {0, -inf, -inf}));
  BOOST_TEST(test::same(test::processed(rule, {-inf, 3, 4}, {.log_probs = true, .eos = eos}), {-inf, -inf, -inf}));
  const auto behind_a_cut = chain([](LogitsRow& row, const RowContext&) { row.keep_best(2); }, rule);
  BOOST_TEST(test::same(test::processed(behind_a_cut, {5, 3, 4}, {.eos = eos}), {5, -inf, -inf}));
  BOOST_TEST(test::same(test::processed(behind_a_cut, {1, 3, 4}, {.eos = eos}), {0, -inf, -inf}));
}

BOOST_AUTO_TEST_CASE(too_much_work_is_a_fault_of_the_row) {
  const Tokens tokens;
  const ConstrainedDecoding rule(grammar_from_ebnf("root ::= [a-c]+", {.work = 5}), tokens.vocabulary());
  BOOST_TEST(test::failure(rule, test::Scores(tokens.pieces.size()), {.row = 3}) ==
             "grammar: more readings or work than GrammarLimits allow, row[3]");
}

BOOST_AUTO_TEST_SUITE_END()
