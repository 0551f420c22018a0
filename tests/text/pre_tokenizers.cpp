#include "skald/text/pre_tokenizers/any_pre_tokenizer.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

#include "golden_check.hpp"

BOOST_AUTO_TEST_SUITE(text_pre_tokenizers)

using namespace skald;

namespace {

struct Pieces {
  std::vector<std::int64_t> offsets;
  std::vector<std::string> texts;
};

Pieces run(const AnyPreTokenizer& pre_tokenizer, const std::string& input) {
  PreTokenized text(AlignedText(input, {0, std::uint32_t(input.size())}), {{{0, std::uint32_t(input.size())}}});
  BOOST_REQUIRE(pre_tokenizer(text).has_value());
  Pieces pieces;
  detail::CodePointCursor cursor(input);
  for (const TextPiece& piece : text.pieces()) {
    const ByteRange origin = text.text().origin(piece.range);
    pieces.offsets.push_back(cursor.index(origin.begin));
    pieces.offsets.push_back(cursor.index(origin.end));
    std::string spelled;
    for (const char byte : text.text().view(piece.range)) {
      if (text.byte_level()) detail::append_byte_level(spelled, byte);
      else spelled += byte;
    }
    pieces.texts.push_back(spelled);
  }
  return pieces;
}

std::string joined(const std::vector<std::string>& pieces) {
  std::string all;
  for (const std::string& piece : pieces) all += "[" + piece + "]";
  return all;
}

AnyPreTokenizer make(std::string_view json) {
  const auto document = golden::parsed(json);
  return *AnyPreTokenizer::from_json(document.root(), "pre_tokenizer");
}

std::string error_of(std::string_view json) {
  const auto document = golden::parsed(json);
  const auto made = AnyPreTokenizer::from_json(document.root(), "tokenizer.json: pre_tokenizer");
  return made ? "no error" : made.error().message();
}

}  // namespace

BOOST_AUTO_TEST_CASE(pieces_and_origins_are_those_of_the_reference) {
  const golden::Check check;
  golden::Components(SKALD_TEST_DATA "/tokenizers").pre_tokenizers(std::ref(check));
  BOOST_TEST(check.cases == 108 * 132);
}

// Patterns that few write: what the reference takes is taken, with the same pieces, and what it refuses is refused.
BOOST_AUTO_TEST_CASE(patterns_are_taken_or_refused_as_the_reference_does) {
  const auto golden = golden::document("components_pretokenizers.json");
  const Json list = *golden.root().find("regex_accepted");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string pattern(*list[i][0].string());
    Result<Regex> regex = Regex::compile(pattern);
    const Json expected = list[i][1];
    BOOST_TEST(regex.has_value() == expected.is_array(), pattern);
    if (!regex || !expected.is_array()) continue;
    std::string input, pieces;
    for (std::size_t k = 0; k < expected.size(); ++k) {
      input += *expected[k][0].string();
      pieces.append("[").append(*expected[k][0].string()).append("]");
    }
    const SplitPreTokenizer split{Pattern(*std::move(regex)), SplitBehavior::isolated, false};
    BOOST_TEST(joined(run(split, input).texts) == pieces, pattern);
  }
  BOOST_TEST(list.size() == 20u);
}

BOOST_AUTO_TEST_CASE(five_behaviors_and_their_opposites) {
  const auto split = [](const std::string& behavior, bool invert) {
    const AnyPreTokenizer p = make(R"({"type": "Split", "pattern": {"String": "-"}, "behavior": ")" + behavior +
                                   R"(", "invert": )" + (invert ? "true}" : "false}"));
    return joined(run(p, "the-final--countdown").texts);
  };
  BOOST_TEST(split("Removed", false) == "[the][final][countdown]");
  BOOST_TEST(split("Isolated", false) == "[the][-][final][-][-][countdown]");
  BOOST_TEST(split("MergedWithPrevious", false) == "[the-][final-][-][countdown]");
  BOOST_TEST(split("MergedWithNext", false) == "[the][-final][-][-countdown]");
  BOOST_TEST(split("Contiguous", false) == "[the][-][final][--][countdown]");
  BOOST_TEST(split("Removed", true) == "[-][-][-]");
  BOOST_TEST(split("MergedWithPrevious", true) == "[the][-final][-][-countdown]");
}

// The words by hand and the same pattern by PCRE2.
BOOST_AUTO_TEST_CASE(the_built_in_pattern_is_the_pattern) {
  const AnyPreTokenizer by_regex = make(
      R"x({"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"}})x");
  const AnyPreTokenizer by_hand = make(R"({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true})");
  const std::vector<std::string> parts = {
      " ", "  ", "\n", "\t", "\r\n", "'", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'l", "a", "Z", "\u00e9",
      "\u4e00", "1", "\u00bd", "\u0661", "!", "_", "\u00a0", "\u3000", "\u0301", "\U0001F642", "\u1c89", "\u2028"};
  std::uint32_t seed = 1;
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const int n = 1 + round % 12;
    for (int i = 0; i < n; ++i) {
      seed = seed * 1664525 + 1013904223;
      text += parts[(seed >> 8) % parts.size()];
    }
    BOOST_TEST(run(by_hand, text).offsets == run(by_regex, text).offsets, text);
  }
}

// Only what stands at the very start of the original is first; a space or the character itself is prefix enough.
BOOST_AUTO_TEST_CASE(metaspace) {
  const auto pieces = [](const std::string& options, const std::string& input) {
    return joined(run(make(R"({"type": "Metaspace", "replacement": "_", )" + options + "}"), input).texts);
  };
  BOOST_TEST(pieces(R"("prepend_scheme": "always")", "a b  c") == "[_a][_b][_][_c]");
  BOOST_TEST(pieces(R"("prepend_scheme": "always")", " a_") == "[_a][_]");
  BOOST_TEST(pieces(R"("prepend_scheme": "always", "split": false)", "\u00e9 b") == "[_\u00e9_b]");
  BOOST_TEST(pieces(R"("prepend_scheme": "never")", "a b") == "[a][_b]");
  BOOST_TEST(pieces(R"("add_prefix_space": true)", "a") == "[_a]");
  BOOST_TEST(pieces(R"("add_prefix_space": false, "prepend_scheme": "never")", "a") == "[a]");
  const AnyPreTokenizer first = make(R"({"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"},
      {"type": "Metaspace", "replacement": "_", "prepend_scheme": "first"}]})");
  BOOST_TEST(joined(run(first, "a b").texts) == "[_a][b]");
  BOOST_TEST(joined(run(first, " a b").texts) == "[a][b]");
  const AnyPreTokenizer behind_bytes = make(R"({"type": "Sequence", "pretokenizers": [
      {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
      {"type": "Metaspace", "replacement": "_", "prepend_scheme": "always"}]})");
  BOOST_TEST(joined(run(behind_bytes, "a b").texts) == "[_a][_\u0120b]");
}

BOOST_AUTO_TEST_CASE(runs_of_like_characters) {
  const auto pieces = [](std::string_view json, const std::string& input) {
    return joined(run(make(json), input).texts);
  };
  BOOST_TEST(pieces(R"({"type": "Whitespace"})", " ab,, c_1 ") == "[ab][,,][c_1]");
  BOOST_TEST(pieces(R"({"type": "WhitespaceSplit"})", " ab,, c_1 ") == "[ab,,][c_1]");
  BOOST_TEST(pieces(R"({"type": "BertPreTokenizer"})", " ab,,\u2026 c_1$") == "[ab][,][,][\u2026][c][_][1][$]");
  BOOST_TEST(pieces(R"({"type": "UnicodeScripts"})", " ab \u3042\u4e00\u30fc 1") ==
             "[ab ][\u3042\u4e00\u30fc ][1]");
  BOOST_TEST(pieces(R"({"type": "FixedLength", "length": 2})", "a\u00e9b\U0001F642c") ==
             "[a\u00e9][b\U0001F642][c]");
  BOOST_TEST(pieces(R"({"type": "CharDelimiterSplit", "delimiter": "\u00e9"})", "\u00e9a\u00e9\u00e9b") == "[a][b]");
}

BOOST_AUTO_TEST_CASE(added_tokens_are_left_alone) {
  const std::string input = "ab<s>1 2";
  PreTokenized text(AlignedText(input, {0, 8}), {{{0, 2}}, {{2, 5}, 7}, {{5, 8}}});
  const AnyPreTokenizer p = make(R"({"type": "Sequence", "pretokenizers": [
      {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": false},
      {"type": "Split", "pattern": {"String": "\u0120"}, "behavior": "Removed", "invert": false}]})");
  BOOST_REQUIRE(p(text).has_value());
  std::string all;
  for (const TextPiece& piece : text.pieces()) {
    all += "[" + std::string(text.text().view(piece.range)) + (piece.added >= 0 ? "!" : "") + "]";
  }
  BOOST_TEST(all == "[ab][<s>!][1][2]");
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
  const std::string at = "tokenizer.json: pre_tokenizer";
  BOOST_TEST(error_of(R"({"type": "ByteLevel"})") == at + ".add_prefix_space: expected a boolean, found nothing");
  BOOST_TEST(error_of(R"({"type": "ByteLevel", "add_prefix_space": true})") ==
             at + ".trim_offsets: expected a boolean, found nothing");
  BOOST_TEST(error_of(R"({"type": "Digits"})") == at + ".individual_digits: expected a boolean, found nothing");
  BOOST_TEST(error_of(R"({"type": "Split", "pattern": {"String": "a"}, "invert": false})") ==
             at + ".behavior: expected a string, found nothing");
  BOOST_TEST(error_of(R"({"type": "Split", "pattern": {"String": "a"}, "behavior": "removed", "invert": false})") ==
             at + ".behavior: expected Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous, "
                  "found \"removed\"");
  BOOST_TEST(error_of(R"({"type": "Split", "pattern": {"String": "a"}, "behavior": "Removed"})") ==
             at + ".invert: expected a boolean, found nothing");
  BOOST_TEST(error_of(R"({"type": "Delimiter", "delimiter": "-"})") ==
             at + ".type: \"Delimiter\" is not supported yet");
  BOOST_TEST(error_of(R"({"type": "CharDelimiterSplit", "delimiter": "--"})") ==
             at + ".delimiter: expected one character, found \"--\"");
  BOOST_TEST(error_of(R"({"type": "CharDelimiterSplit", "delimiter": ""})") ==
             at + ".delimiter: expected one character, found \"\"");
  BOOST_TEST(error_of(R"({"type": "FixedLength", "length": 0})") ==
             at + ".length: expected an integer above 0, found 0");
  BOOST_TEST(error_of(R"({"type": "Punctuation", "behavior": "isolated"})") ==
             at + ".behavior: expected Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous, "
                  "found \"isolated\"");
  BOOST_TEST(error_of(R"({"type": "Metaspace"})") == at + ".replacement: expected a string, found nothing");
  BOOST_TEST(error_of(R"({"type": "Metaspace", "replacement": "ab"})") ==
             at + ".replacement: expected one character, found \"ab\"");
  BOOST_TEST(error_of(R"({"type": "Metaspace", "replacement": "_", "prepend_scheme": "last"})") ==
             at + ".prepend_scheme: expected \"always\", \"first\" or \"never\", found \"last\"");
}

BOOST_AUTO_TEST_SUITE_END()
