#include "skald/grammar/ebnf.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(grammar_ebnf)

using namespace skald;

namespace {

std::string failure(std::string_view text, const GrammarLimits& limits = {}) {
  const auto grammar = try_grammar_from_ebnf(text, limits);
  return grammar ? std::string("none") : grammar.error().message();
}

}  // namespace

BOOST_AUTO_TEST_CASE(arithmetic_of_llama_cpp) {
  const Grammar g = grammar_from_ebnf(R"gbnf(
root  ::= (expr "=" ws term "\n")+
expr  ::= term ([-+*/] term)*
term  ::= ident | num | "(" ws expr ")" ws
ident ::= [a-z] [a-z0-9_]* ws   # names
num   ::= [0-9]+ ws
ws    ::= [ \t\n]*
)gbnf");
  BOOST_TEST(g.matches("x = 1\n"));
  BOOST_TEST(g.matches("(1 +y_2) *3= 7\nz=z\n"));
  BOOST_TEST(!g.matches("(1 +y_2 *3= 7\n"));
  BOOST_TEST(g.matches_beginning("((((1"));
  BOOST_TEST(!g.matches_beginning("1 )"));
}

BOOST_AUTO_TEST_CASE(every_part_of_the_notation) {
  const auto matches = [](std::string_view grammar, std::string_view text) {
    return grammar_from_ebnf(grammar).matches(text);
  };
  BOOST_TEST(matches("root::=\"a\"|'b' /* W3C's quotes and comments */", "b"));
  BOOST_TEST(matches("root ::= [^a-c\\n] .", "d\n"));
  BOOST_TEST(!matches("root ::= [^a-c\\n] .", "\nd"));
  BOOST_TEST(matches("root ::= [^a]", "\U0001F98A"));
  BOOST_TEST(matches("root ::= [\u00E4-\u00FC]+", "\u00F6\u00FC"));
  BOOST_TEST(!matches("root ::= [\u00E4-\u00FC]+", "\u00E3"));
  BOOST_TEST(matches("root ::= \"\\x41\\u00E4\\U0001F98A\\\"\\\\\\t\"", "A\u00E4\U0001F98A\"\\\t"));
  BOOST_TEST(matches("root ::= [-a] [a-]", "--"));
  BOOST_TEST(matches("root ::= \"a\"{2} \"b\"{1,} \"c\"{0,2} (\"d\"?)*", "aabbbccd"));
  BOOST_TEST(!matches("root ::= \"a\"{2} \"b\"{1,}", "aa"));
  BOOST_TEST(!matches("root ::= \"c\"{0,2}", "ccc"));
  BOOST_TEST(matches("root ::= a\n  | b\na ::= \"1\"\n\nb ::=\n  \"2\"", "2"));
  BOOST_TEST(matches("list ::= \"x\" (\",\" list)?\nroot ::= list", "x,x,x"));
  BOOST_TEST(matches("root ::=", ""));
  BOOST_TEST(matches("root ::= \"a\" | ", ""));
}

BOOST_AUTO_TEST_CASE(mistakes_are_shown_with_line_and_column) {
  BOOST_TEST(failure("root ::= a\n") == "grammar: line 1, column 10: rule \"a\" is not defined");
  BOOST_TEST(failure("a ::= \"x\"") == "grammar: line 1, column 1: no rule is named root");
  BOOST_TEST(failure("") == "grammar: line 1, column 1: expected a rule: root ::= ...");
  BOOST_TEST(failure("root = \"a\"") == "grammar: line 1, column 1: expected a rule: name ::= ...");
  BOOST_TEST(failure("root ::= \"a\"\nroot ::= \"b\"") ==
             "grammar: line 2, column 1: rule \"root\" is defined twice");
  BOOST_TEST(failure("root ::=\n  \"\u00E4\u00F6\" \"b") == "grammar: line 2, column 8: text without a closing quote");
  BOOST_TEST(failure("root ::= [a-") == "grammar: line 1, column 10: a class without a closing ]");
  BOOST_TEST(failure("root ::= [z-a]") ==
             "grammar: line 1, column 11: a range from the later character to the earlier");
  BOOST_TEST(failure("root ::= (\"a\" | \"b\"") == "grammar: line 1, column 20: expected )");
  BOOST_TEST(failure("root ::= \"a\" )") == "grammar: line 1, column 14: expected |, a rule or the end");
  BOOST_TEST(failure("root ::= * \"a\"") == "grammar: line 1, column 10: nothing to repeat stands before this");
  BOOST_TEST(failure("root ::= \"a\"{3,1}") == "grammar: line 1, column 18: {3,1}: from more to less");
  BOOST_TEST(failure("root ::= \"a\"{x}") == "grammar: line 1, column 14: expected a number");
  BOOST_TEST(failure("root ::= \"\\q\"") == "grammar: line 1, column 11: no such escape");
  BOOST_TEST(failure("root ::= \"\\uD800\"") == "grammar: line 1, column 17: no character has this number");
  BOOST_TEST(failure("root ::= [a-z] - \"x\"") == "grammar: line 1, column 16: differences A - B are not supported");
  BOOST_TEST(failure("root ::= <think>") ==
             "grammar: line 1, column 10: tokens as parts of a grammar are not supported");
  BOOST_TEST(failure("root ::= #x20").starts_with("grammar: line 1, column 10: #xN is a comment in GBNF"));
  BOOST_TEST(failure("root ::= \"a\xFF\"") == "grammar: line 1, column 12: not UTF-8");
  BOOST_TEST(failure("root ::= e\ne ::= e \"+\" \"1\" | \"1\"") ==
             "grammar: line 1, column 10: rule \"e\" calls itself before it reads anything (left recursion): write it "
             "as a repetition");
  BOOST_TEST(failure("root ::= \"a\" root") ==
             "grammar: line 1, column 1: rule \"root\" matches no text: it can never end");
}

BOOST_AUTO_TEST_CASE(limits_hold) {
  std::string deep = "root ::= ";
  for (int i = 0; i < 200; ++i) deep += "(";
  BOOST_TEST(failure(deep) == "grammar: line 1, column 139: deeper than GrammarLimits::nesting");
  BOOST_TEST(failure("root ::= \"abc\"", {.text = 5}) ==
             "grammar: line 1, column 1: longer than GrammarLimits::text, 5 bytes");
  BOOST_TEST(failure("root ::= \"abc\"", {.states = 3}) == "grammar: larger than GrammarLimits::states, 3");
  // Repeats of repeats are counted, not written out.
  BOOST_TEST(failure("root ::= (((\"ab\"{1000}){1000}){1000}){1000}") == "none");
}

BOOST_AUTO_TEST_SUITE_END()
