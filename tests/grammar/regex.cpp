#include "skald/grammar/regex.hpp"

#include <boost/test/unit_test.hpp>

#include "grammar/twin.hpp"
#include "skald/text/regex.hpp"

BOOST_AUTO_TEST_SUITE(grammar_regex)

using namespace skald;

namespace {

std::string failure(std::string_view pattern, const GrammarLimits& limits = {}) {
  const auto grammar = try_grammar_from_regex(pattern, limits);
  return grammar ? std::string("none") : grammar.error().message();
}

std::string random_pattern(std::mt19937& random, int depth) {
  const auto inner = [&] { return random_pattern(random, depth - 1); };
  switch (depth > 0 ? test::below(random, 8) : test::below(random, 4)) {
    case 0: return "a";
    case 1: return "[a-b]";
    case 2: return "[^ac]";
    case 3: return ".";
    case 4: return "(?:" + inner() + "|" + inner() + ")";
    case 5: {
      constexpr const char* repeats[] = {"*", "+", "?", "{2}", "{1,}", "{0,3}", "*?", "{2,5}?"};
      return "(?:" + inner() + ")" + repeats[test::below(random, 8)];
    }
    default: return inner() + inner();
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(matches_what_pcre2_matches) {
  std::mt19937 random(1);
  int matched = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string pattern = random_pattern(random, 4);
    const auto grammar = try_grammar_from_regex(pattern);
    BOOST_REQUIRE_MESSAGE(grammar.has_value(), pattern);
    const auto regex = Regex::compile("\\A(?:" + pattern + ")\\z");
    BOOST_REQUIRE(regex.has_value());
    Regex::Matcher matcher(*regex);
    for (int t = 0; t < 20; ++t) {
      const std::string text = test::random_text(random, 7);
      matcher.start(text);
      const bool expected = matcher.next().has_value();
      matched += expected;
      BOOST_REQUIRE_MESSAGE(grammar->matches(text) == expected, pattern << " \"" << text << "\": " << expected);
    }
  }
  BOOST_TEST(matched > 500);
}

BOOST_AUTO_TEST_CASE(every_part_of_the_notation) {
  const auto matches = [](std::string_view pattern, std::string_view text) {
    return grammar_from_regex(pattern).matches(text);
  };
  BOOST_TEST(matches(R"(\d{4}-\d\d-\d\d)", "2026-11-22"));
  BOOST_TEST(!matches(R"(\d{4}-\d\d-\d\d)", "2026-11-2"));
  BOOST_TEST(matches(R"(^(?P<user>[\w.+-]+)@(?<host>\w+\.)+\w+$)", "a.b+c@skald.example.org"));
  BOOST_TEST(matches(R"(^a$|^b$)", "b"));
  BOOST_TEST(matches("[]a]+", "]a"));
  BOOST_TEST(matches("[^]a]", "b"));
  BOOST_TEST(!matches("[^]a]", "]"));
  BOOST_TEST(matches("[a-]+", "-a"));
  BOOST_TEST(matches(R"([\d\-x]+)", "1-x"));
  BOOST_TEST(matches(R"(\x41\u00e4\u{1F98A}\U0001F98A\t\.\/\0)", std::string("A\u00E4\U0001F98A\U0001F98A\t./\0", 15)));
  BOOST_TEST(matches(".", "\U0001F98A"));
  BOOST_TEST(!matches(".", "\n"));
  BOOST_TEST(matches(R"([\s\S])", "\n"));
  BOOST_TEST(!matches(R"(\S)", "\u00A0"));
  BOOST_TEST(!matches(R"(\s)", "\u00A0"));
  BOOST_TEST(matches(R"(\W)", "\u00E4"));
  BOOST_TEST(matches("", ""));
  BOOST_TEST(matches("a{2,}", "aaa"));
  BOOST_TEST(matches("\u00E4{2}", "\u00E4\u00E4"));
  BOOST_TEST(matches("a{500}", std::string(500, 'a')));
  BOOST_TEST(!matches("a{500}", std::string(499, 'a')));
}

BOOST_AUTO_TEST_CASE(mistakes_are_shown_with_line_and_column) {
  BOOST_TEST(failure("a(b") == "pattern: line 1, column 2: a ( without its )");
  BOOST_TEST(failure("a)b") == "pattern: line 1, column 2: a ) without its (");
  BOOST_TEST(failure("[a") == "pattern: line 1, column 1: a [ without its ]");
  BOOST_TEST(failure("*a") == "pattern: line 1, column 1: nothing to repeat stands before this");
  BOOST_TEST(failure("a**") == "pattern: line 1, column 3: a repeat of a repeat");
  BOOST_TEST(failure("a{3,1}") == "pattern: line 1, column 7: {3,1}: from more to less");
  BOOST_TEST(failure("[z-a]") == "pattern: line 1, column 2: a range from the later character to the earlier");
  BOOST_TEST(failure("[\\d-z]") == "pattern: line 1, column 2: a range needs a character on both sides");
  BOOST_TEST(failure("ab\\1") == "pattern: line 1, column 3: references to groups are not supported");
  BOOST_TEST(failure("a(?=b)") == "pattern: line 1, column 2: lookarounds are not supported");
  BOOST_TEST(failure("a(?<!b)") == "pattern: line 1, column 2: lookarounds are not supported");
  BOOST_TEST(failure("a(?i)b") == "pattern: line 1, column 2: this kind of group is not supported");
  BOOST_TEST(failure("\\bword") == "pattern: line 1, column 1: boundaries are not supported");
  BOOST_TEST(failure("\\p{L}") == "pattern: line 1, column 1: Unicode properties are not supported");
  BOOST_TEST(failure("[[:alpha:]]") == "pattern: line 1, column 2: POSIX classes are not supported");
  BOOST_TEST(failure("a++") == "pattern: line 1, column 3: possessive repeats are not supported");
  BOOST_TEST(failure("a(^b)").starts_with("pattern: line 1, column 3: ^ and $ are supported"));
  BOOST_TEST(failure("\\") == "pattern: line 1, column 1: expected a character behind \\");
  BOOST_TEST(failure("\\xZ") == "pattern: line 1, column 3: expected 2 hexadecimal digits");
  BOOST_TEST(failure("\xC3(") == "pattern: line 1, column 1: not UTF-8");
  BOOST_TEST(failure(std::string(200, '(')) == "pattern: line 1, column 130: deeper than GrammarLimits::nesting");
  BOOST_TEST(failure("(((a{1000}){1000}){1000}){1000}") == "none");
  BOOST_TEST(failure("(?:(?:(?:a?){1000}){1000}){1000}") == "pattern: larger than GrammarLimits::states, 1000000");
}

BOOST_AUTO_TEST_SUITE_END()
