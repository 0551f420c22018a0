#include "skald/grammar/machine.hpp"

#include <boost/test/unit_test.hpp>

#include "grammar/twin.hpp"
#include "skald/grammar/grammar.hpp"

BOOST_AUTO_TEST_SUITE(grammar_machine)

using namespace skald;
using detail::Expressions;
using detail::GrammarMachine;

namespace {

constexpr std::int64_t plenty = 1'000'000'000;

/// Whether an end can be reached: looked for in at most `most` states.
bool can_be_finished(GrammarMachine& m, detail::GrammarState s, std::size_t most) {
  std::vector<detail::GrammarState> open{s};
  std::set<detail::GrammarState> seen{s};
  std::int64_t work = plenty;
  for (std::size_t i = 0; i < open.size() && i < most; ++i) {
    if (m.may_end(open[i])) return true;
    for (const char c : {'a', 'b', 'c'}) {
      const auto next = m.step(open[i], std::uint8_t(c), work);
      if (next > GrammarMachine::dead && seen.insert(next).second) open.push_back(next);
    }
  }
  return open.size() >= most;
}

Expressions random_rules(std::mt19937& random) {
  Expressions e(GrammarLimits{});
  for (int r = 0; r < 3; ++r) e.add_rule("rule " + std::to_string(r));
  for (int r = 0; r < 3; ++r) e.define(r, test::random_expression(random, e, 3, 4));
  return e;
}

}  // namespace

BOOST_AUTO_TEST_CASE(matches_what_the_plain_matcher_matches) {
  std::mt19937 random(1);
  int good = 0, matched = 0, given_up = 0;
  for (int i = 0; i < 1500; ++i) {
    const Expressions e = random_rules(random);
    const auto grammar = detail::make_grammar(e, "random");
    if (!grammar) {
      BOOST_TEST((grammar.error().code() == FaultCode::unsupported ||
                  grammar.error().code() == FaultCode::invalid_argument));
      continue;
    }
    ++good;
    GrammarMachine machine(grammar->automaton());
    for (int t = 0; t < 30; ++t) {
      const std::string text = test::random_text(random, 12);
      std::int64_t work = plenty;
      const auto end = machine.step(machine.start(), text, work);
      given_up += end == GrammarMachine::too_much;
      if (end == GrammarMachine::too_much) continue;
      const bool found = end > GrammarMachine::dead && machine.may_end(end);
      const bool expected = test::PlainMatcher(e, text).matches();
      matched += expected;
      BOOST_REQUIRE_MESSAGE(found == expected, "grammar " << i << ", text \"" << text << "\": " << expected);
    }
  }
  BOOST_TEST(good > 500);
  BOOST_TEST(matched > 1000);
  BOOST_TEST(given_up < 100);
  BOOST_TEST_MESSAGE(good << " grammars, " << matched << " texts matched, " << given_up << " given up");
}

BOOST_AUTO_TEST_CASE(what_is_begun_can_be_finished) {
  std::mt19937 random(2);
  for (int i = 0; i < 300; ++i) {
    const auto grammar = detail::make_grammar(random_rules(random), "random");
    if (!grammar) continue;
    GrammarMachine machine(grammar->automaton());
    auto s = machine.start();
    std::int64_t work = plenty;
    for (int step = 0; step < 15; ++step) {
      BOOST_REQUIRE_MESSAGE(can_be_finished(machine, s, 2000), "grammar " << i << ", step " << step);
      const auto next = machine.step(s, std::uint8_t('a' + test::below(random, 3)), work);
      if (next > GrammarMachine::dead) s = next;
    }
  }
}

BOOST_AUTO_TEST_CASE(another_machine_takes_a_state_over) {
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    const auto grammar = detail::make_grammar(random_rules(random), "random");
    if (!grammar) continue;
    GrammarMachine one(grammar->automaton()), other(grammar->automaton());
    std::int64_t work = plenty;
    const auto s = one.step(one.start(), test::random_text(random, 6), work);
    if (s == GrammarMachine::too_much) continue;
    const auto same = other.adopt(one, s);
    BOOST_TEST((s == GrammarMachine::dead) == (same == GrammarMachine::dead));
    for (int t = 0; t < 10; ++t) {
      const std::string text = test::random_text(random, 6);
      const auto a = one.step(s, text, work), b = other.step(same, text, work);
      if (a == GrammarMachine::too_much) continue;
      BOOST_REQUIRE(b != GrammarMachine::too_much);
      BOOST_REQUIRE(one.may_end(a) == other.may_end(b));
      BOOST_REQUIRE(one.goes_on(a) == other.goes_on(b));
    }
  }
}

BOOST_AUTO_TEST_CASE(counts_without_being_written_out) {
  Expressions e(GrammarLimits{});
  e.define(e.add_rule("root"), e.sequence({e.repeat(e.choice({e.text("ab"), e.text("a")}), 3, 100'000), e.text("c")}));
  const auto grammar = detail::make_grammar(e, "counted");
  BOOST_REQUIRE(grammar.has_value());
  BOOST_TEST(grammar->automaton()->nodes() < 20u);
  BOOST_TEST(!grammar->matches("abac"));
  BOOST_TEST(grammar->matches("abaabc"));
  BOOST_TEST(grammar->matches_beginning(std::string(1000, 'a')));
  BOOST_TEST(!grammar->matches(std::string(1000, 'a')));
}

BOOST_AUTO_TEST_CASE(says_where_the_limits_end) {
  const auto failure = [](const GrammarLimits& limits, auto body) {
    Expressions e(limits);
    const auto root = e.add_rule("rule \"root\"", "line 1, column 1");
    e.define(root, body(e, root));
    const auto grammar = detail::make_grammar(e, "grammar");
    return grammar ? std::string() : grammar.error().message();
  };
  const auto left = [](Expressions& e, auto root) { return e.sequence({e.optional(e.text("a")), e.rule(root)}); };
  BOOST_TEST(failure({}, left) == "grammar: line 1, column 1: rule \"root\" calls itself before it reads anything "
                                  "(left recursion): write it as a repetition");
  BOOST_TEST(failure({}, [](Expressions& e, auto root) { return e.sequence({e.text("a"), e.rule(root)}); }) ==
             "grammar: line 1, column 1: rule \"root\" matches no text: it can never end");
  BOOST_TEST(failure({.states = 10}, [](Expressions& e, auto) { return e.text("ab, and so on"); }) ==
             "grammar: larger than GrammarLimits::states, 10");
  // Doubled thirty times: small as an expression, large as an automaton.
  BOOST_TEST(failure({.states = 1000}, [](Expressions& e, auto) {
               auto x = e.text("a");
               for (int i = 0; i < 30; ++i) x = e.choice({e.sequence({x, x}), e.text("b")});
               return x;
             }) == "grammar: larger than GrammarLimits::states, 1000");
}

BOOST_AUTO_TEST_CASE(work_and_readings_are_bounded) {
  // After n letters the text may have been split in as many ways as n has divisors into counts: readings grow.
  Expressions e(GrammarLimits{.readings = 50});
  const auto a = e.text("a");
  e.define(e.add_rule("root"),
           e.sequence({e.repeat(e.choice({a, e.text("aa")}), 0, 1000), e.repeat(a, 500, 1000), e.text("b")}));
  const auto grammar = detail::make_grammar(e, "ambiguous");
  BOOST_REQUIRE(grammar.has_value());
  GrammarMachine machine(grammar->automaton());
  std::int64_t work = plenty;
  BOOST_TEST(machine.step(machine.start(), "aaa", work) > GrammarMachine::dead);
  BOOST_TEST(machine.step(machine.start(), std::string(400, 'a'), work) == GrammarMachine::too_much);
  GrammarMachine tired(grammar->automaton());
  work = 3;
  BOOST_TEST(tired.step(tired.start(), "a", work) == GrammarMachine::too_much);
}

BOOST_AUTO_TEST_CASE(what_would_go_deeper_is_not_offered) {
  Expressions e(GrammarLimits{.depth = 5});
  const auto root = e.add_rule("root");
  e.define(root, e.choice({e.text("x"), e.sequence({e.text("("), e.rule(root), e.text(")")})}));
  const auto grammar = detail::make_grammar(e, "nested");
  BOOST_REQUIRE(grammar.has_value());
  BOOST_TEST(grammar->matches("(((((x)))))"));
  BOOST_TEST(!grammar->matches_beginning("((((((x"));
}

BOOST_AUTO_TEST_SUITE_END()
