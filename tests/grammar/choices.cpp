#include "skald/grammar/choices.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(grammar_choices)

using namespace skald;

BOOST_AUTO_TEST_CASE(word_for_word) {
  const Grammar g = grammar_from_choices({"yes", "no", "[a-z]+", "\u00E4", ""});
  for (const char* s : {"yes", "no", "[a-z]+", "\u00E4", ""}) BOOST_TEST(g.matches(s));
  for (const char* s : {"ye", "yesno", "x", "Yes"}) BOOST_TEST(!g.matches(s));
}

BOOST_AUTO_TEST_CASE(refusals) {
  BOOST_TEST(try_grammar_from_choices({}).error().message() == "choices: the list is empty");
  const std::vector<std::string> list{"abc", "def"};
  BOOST_TEST(try_grammar_from_choices(list, {.text = 5}).error().message() ==
             "choices: expected at most 5 bytes (GrammarLimits::text), found 6");
  BOOST_TEST(try_grammar_from_choices(list, {.states = 5}).error().message() ==
             "choices: larger than GrammarLimits::states, 5");
}

BOOST_AUTO_TEST_SUITE_END()
