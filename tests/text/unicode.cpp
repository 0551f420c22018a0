// The tables of text/unicode, code point by code point.
#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

#include "components.hpp"
#include "skald/text/normalizers/nmt.hpp"
#include "skald/text/pre_tokenizers/digits.hpp"
#include "skald/text/unicode/bert_characters.hpp"
#include "skald/text/unicode/lowercase.hpp"
#include "skald/text/unicode/marks.hpp"
#include "skald/text/unicode/punctuation.hpp"
#include "skald/text/unicode/scripts.hpp"
#include "skald/text/unicode/words.hpp"

BOOST_AUTO_TEST_SUITE(text_unicode)

namespace {

template <class F>
int differences(skald::Json ranges, F is) {
  const std::vector<bool> expected = golden::code_points(ranges);
  int n = 0;
  for (char32_t c = 0; c < 0x110000; ++c) n += !golden::is_surrogate(c) && is(c) != expected[c];
  return n;
}

}  // namespace

BOOST_AUTO_TEST_CASE(sets_are_those_of_the_reference) {
  using namespace skald::detail;
  const auto tables = golden::document("unicode_tables.json");
  const skald::Json root = tables.root();
  BOOST_TEST(differences(*root.find("whitespace_word"), [](char32_t c) { return contains(word_characters, c); }) == 0);
  BOOST_TEST(differences(*root.find("whitespace_split_removed"), [](char32_t c) { return is_white_space(c); }) == 0);
  BOOST_TEST(differences(*root.find("digits"), skald::DigitsPreTokenizer::is_numeric) == 0);
  BOOST_TEST(differences(*root.find("strip_removed"), is_white_space) == 0);
  BOOST_TEST(differences(*root.find("strip_accents_removed"), is_mark) == 0);
  BOOST_TEST(differences(*root.find("bert_strip_accents_removed"), is_nonspacing_mark) == 0);
  BOOST_TEST(differences(*root.find("punctuation"), is_punctuation) == 0);
  BOOST_TEST(differences(*root.find("bert_punctuation"), is_punctuation) == 0);
  BOOST_TEST(differences(*root.find("bert_clean_removed"), [](char32_t c) { return contains(bert_removed, c); }) == 0);
  BOOST_TEST(differences(*root.find("bert_clean_to_space"), [](char32_t c) {
    return c != ' ' && is_white_space(c) && !contains(bert_removed, c);
  }) == 0);
  BOOST_TEST(differences(*root.find("bert_chinese"), [](char32_t c) { return contains(bert_chinese, c); }) == 0);
  BOOST_TEST(differences(*root.find("nmt_removed"), skald::NmtNormalizer::is_dropped) == 0);
  BOOST_TEST(differences(*root.find("nmt_to_space"), skald::NmtNormalizer::is_space) == 0);
}

// Which characters UnicodeScripts leaves together with one of another script behind them.
BOOST_AUTO_TEST_CASE(scripts_are_those_of_the_reference) {
  const auto tables = golden::document("unicode_tables.json");
  const skald::Json joined = *tables.root().find("scripts_joined_with");
  const std::map<std::string, char32_t> examples = {
      {"Latin", 'a'}, {"Han", 0x4E00}, {"Common", '1'}, {"Greek", 0x3B1}, {"Cyrillic", 0x430}, {"Arabic", 0x627},
      {"Devanagari", 0x905}, {"Hangul", 0xAC00}, {"Thai", 0xE01}, {"Hebrew", 0x5D0}, {"Inherited", 0x301}};
  BOOST_TEST(joined.size() == examples.size());
  for (const auto& [name, example] : examples) {
    const unsigned script = skald::detail::script_of(example);
    BOOST_TEST(differences(*joined.find(name), [script](char32_t c) {
      const unsigned own = skald::detail::script_of(c);
      return own == 0 || own == script;
    }) == 0, name);
  }
}

BOOST_AUTO_TEST_CASE(lower_case_is_that_of_the_reference) {
  const auto tables = golden::document("unicode_tables.json");
  const skald::Json pairs = *tables.root().find("lowercase");
  std::map<char32_t, std::string> expected;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    expected[char32_t(*pairs[i][0].integer())] = std::string(*pairs[i][1].string());
  }
  int wrong = 0;
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (golden::is_surrogate(c)) continue;
    std::string lower, same;
    skald::detail::append_utf8(lower, skald::detail::lowercase(c));
    if (c == 0x130) lower += "\u0307";
    skald::detail::append_utf8(same, c);
    const auto entry = expected.find(c);
    wrong += lower != (entry == expected.end() ? same : entry->second);
  }
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()
