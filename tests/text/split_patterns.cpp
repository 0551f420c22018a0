// Patterns matched by hand against the same patterns by PCRE2.
#include "skald/text/split_patterns/split_pattern.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "components.hpp"
#include "skald/text/pre_tokenizers/any_pre_tokenizer.hpp"
#include "skald/text/regex.hpp"

BOOST_AUTO_TEST_SUITE(text_split_patterns)

using skald::Regex;
using skald::detail::SplitPattern;

namespace {

std::vector<std::uint32_t> ends(const SplitPattern& pattern, const std::string& text) {
  std::vector<std::uint32_t> all;
  for (std::size_t at = 0; at < text.size();) {
    const skald::ByteRange match = pattern.find(text, at);
    if (match.begin == match.end) break;
    all.push_back(match.begin);
    all.push_back(match.end);
    at = match.end;
  }
  return all;
}

std::vector<std::uint32_t> ends(Regex::Matcher& matcher, const std::string& text) {
  std::vector<std::uint32_t> all;
  matcher.start(text);
  while (const auto match = matcher.next()) {
    all.push_back(match->begin);
    all.push_back(match->end);
  }
  BOOST_TEST(!matcher.fault());
  return all;
}

/// What patterns look at, and what is easily taken for it.
const std::vector<std::string> parts = {
    " ", "  ", "\n", "\r", "\r\n", "\t", "\v", "\u0085", "\u00a0", "\u2028", "\u3000", "\u200b", "\u180e",
    "'", "'s", "'S", "'\u017f", "'t", "'T", "'re", "'RE", "'rE", "'ve", "'m", "'ll", "'lL", "'l", "'d", "'\u212a",
    "'s'", "\u2019s", "a", "z", "A", "Z", "hello", "HELLO", "Hello", "\u00e9", "\u00c9", "\u00df", "\u0130",
    "\u01c5", "\u01c8", "\u02b0", "\u00aa", "\u4e00", "\u9fa5", "\u9fa6", "\u3042", "\u30a2", "\u3040", "\u30ff",
    "\u0800", "\u07ff", "\uac00", "\ud7ff", "\u1c89", "\u1c8a", "\u0301", "\u0489", "\u0903", "\U000E0100",
    "\U000E01EF", "\u20dd", "1", "12", "123", "1234", "\u00bd", "\u0661", "\u2167", "\U00016D70", "!", "/", "//",
    "-", "_", "#", "$", "+", "\u00b4", "\u20ac", "\u2014", "\U0001F642", "\U0001F1E6", "\u0378", "\U0010FFFF",
    "\uFDD0", "\uE000", "\u00ad", std::string(1, '\0'), "\x7f"};

std::string random_text(std::mt19937& random, std::size_t round) {
  std::string text;
  for (std::size_t n = 1 + round % 14; n > 0; --n) {
    switch (random() % 8) {
      case 0: {  // any character of any plane, mostly unassigned ones
        const auto c = char32_t(random() % 0x110000);
        if (!golden::is_surrogate(c)) skald::detail::append_utf8(text, c);
        break;
      }
      case 1: {  // one of the planes that have something
        const auto c = char32_t(random() % 0x32400);
        if (!golden::is_surrogate(c)) skald::detail::append_utf8(text, c);
        break;
      }
      case 2: skald::detail::append_utf8(text, char32_t(random() % 128)); break;
      case 3: {  // a run
        const std::string& part = parts[random() % parts.size()];
        for (std::size_t k = 1 + random() % 5; k > 0; --k) text += part;
        break;
      }
      default: text += parts[random() % parts.size()]; break;
    }
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(character_classes_are_those_of_the_reference) {
  using namespace skald::detail;
  using enum CharacterClass;
  const auto tables = golden::document("unicode_tables.json");
  const skald::Json regex = *tables.root().find("regex");
  const std::vector<std::pair<ClassSet, std::vector<const char*>>> sets = {
      {letter_set, {"\\p{L}"}}, {{upper}, {"\\p{Lu}", "\\p{Lt}"}}, {{lower}, {"\\p{Ll}"}}, {mark_set, {"\\p{M}"}},
      {number_set, {"\\p{N}"}}, {{punctuation}, {"\\p{P}"}}, {{symbol}, {"\\p{S}"}}, {space_set, {"\\s"}}};
  for (const auto& [set, names] : sets) {
    std::vector<bool> expected(0x110000);
    for (const char* const name : names) {
      const std::vector<bool> part = golden::code_points(*regex.find(name));
      for (char32_t c = 0; c < 0x110000; ++c) expected[c] = expected[c] || part[c];
    }
    int wrong = 0;
    for (char32_t c = 0; c < 0x110000; ++c) {
      wrong += !golden::is_surrogate(c) && set.has(character_class(c)) != expected[c];
    }
    BOOST_TEST(wrong == 0, names.front());
  }
  for (char32_t c = 0; c < 128; ++c) BOOST_TEST(newline_set.has(character_class(c)) == (c == '\n' || c == '\r'));
}

BOOST_AUTO_TEST_CASE(by_hand_and_by_regex_is_the_same) {
  for (const SplitPattern& pattern : skald::detail::known_split_patterns) {
    const auto regex = Regex::compile(pattern.regex);
    BOOST_REQUIRE(regex.has_value());
    Regex::Matcher matcher(*regex);
    std::mt19937 random(11);
    int wrong = 0;
    for (std::size_t round = 0; round < 20000; ++round) {
      const std::string text = random_text(random, round);
      if (ends(pattern, text) == ends(matcher, text)) continue;
      if (++wrong < 4) BOOST_TEST(false, pattern.regex << " on \"" << text << "\"");
    }
    BOOST_TEST(wrong == 0, pattern.regex << ": " << wrong);
  }
}

// Every character alone, before a letter, behind one, and behind an apostrophe.
BOOST_AUTO_TEST_CASE(every_character_is_the_same) {
  for (const SplitPattern& pattern : skald::detail::known_split_patterns) {
    const auto regex = Regex::compile(pattern.regex);
    BOOST_REQUIRE(regex.has_value());
    Regex::Matcher matcher(*regex);
    int wrong = 0;
    for (char32_t c = 0; c < 0x110000; c += SKALD_TEST_STRIDE * (c < 0x33000 || c > 0xE0000 ? 1 : 251)) {
      if (golden::is_surrogate(c)) continue;
      std::string one;
      skald::detail::append_utf8(one, c);
      const std::string text = std::string(one).append("a").append(one).append(" ").append(one).append("'").append(one);
      wrong += ends(pattern, text) != ends(matcher, text);
    }
    BOOST_TEST(wrong == 0, pattern.regex << ": " << wrong);
  }
}

BOOST_AUTO_TEST_CASE(the_patterns_of_the_files_are_known) {
  int known = 0;
  for (const std::string folder : {"bpe_llama3", "bpe_qwen2", "bpe_qwen35_marks", "bpe_o200k", "bpe_tekken",
                                   "bpe_deepseek3", "bpe_deepseek_coder"}) {
    const auto file = golden::document(folder + "/tokenizer.json");
    const skald::Json list = *file.root().find("pre_tokenizer")->find("pretokenizers");
    for (std::size_t i = 0; i + 1 < list.size(); ++i) {
      const std::string_view regex = *list[i].find("pattern")->find("Regex")->string();
      BOOST_TEST(skald::detail::find_split_pattern(regex) != nullptr, folder << ": " << regex);
      ++known;
    }
  }
  BOOST_TEST(known == 13);
  BOOST_TEST(skald::detail::find_split_pattern("\\p{N}{1,4}") == nullptr);
}

// A Split that is not Isolated goes the general way, with the same matcher.
BOOST_AUTO_TEST_CASE(behaviors_of_a_known_pattern) {
  const auto pieces = [](const std::string& behavior, bool invert) {
    const auto document =
        golden::parsed(R"({"type": "Split", "pattern": {"Regex": "\\p{N}"}, "behavior": ")" + behavior +
                       R"(", "invert": )" + (invert ? "true}" : "false}"));
    const std::string input = "ab12c3";
    skald::PreTokenized text(skald::AlignedText(input, {0, 6}), {{{0, 6}}});
    BOOST_REQUIRE((*skald::AnyPreTokenizer::from_json(document.root(), "pre_tokenizer"))(text).has_value());
    std::string all;
    for (const skald::TextPiece& piece : text.pieces()) all.append(text.text().view(piece.range)).append(" ");
    return all;
  };
  BOOST_TEST(pieces("Isolated", false) == "ab 1 2 c 3 ");
  BOOST_TEST(pieces("Isolated", true) == "ab 1 2 c 3 ");
  BOOST_TEST(pieces("Removed", false) == "ab c ");
  BOOST_TEST(pieces("Removed", true) == "1 2 3 ");
  BOOST_TEST(pieces("MergedWithPrevious", false) == "ab1 2 c3 ");
  BOOST_TEST(pieces("Contiguous", false) == "ab 12 c 3 ");
}

BOOST_AUTO_TEST_SUITE_END()
