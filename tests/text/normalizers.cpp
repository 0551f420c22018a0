#include "skald/text/normalizers/any_normalizer.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

#include "golden_check.hpp"

BOOST_AUTO_TEST_SUITE(text_normalizers)

using namespace skald;

namespace {

AnyNormalizer make(Json json) {
  const auto charsmap = json.find("precompiled_charsmap");
  if (!charsmap || !charsmap->string()->starts_with("as in ")) return *AnyNormalizer::from_json(json, "normalizer");
  const auto file = golden::document(std::string(charsmap->string()->substr(6)));  // it is there already
  return *AnyNormalizer::from_json(*file.root().find("normalizer"), "normalizer");
}

struct Normalized {
  std::string text;
  std::vector<std::int64_t> offsets;  // of each character, in code points of the original
};

Normalized run(const AnyNormalizer& normalizer, const std::string& input) {
  AlignedText text(input, {0, std::uint32_t(input.size())});
  BOOST_REQUIRE(normalizer(text).has_value());
  Normalized result{std::string(text.view()), {}};
  detail::CodePointCursor cursor(input);
  for (std::size_t at = 0; at < result.text.size();) {
    const auto end = at + std::size_t(detail::decode_utf8(result.text.data() + at).size);
    const ByteRange origin = text.origin({std::uint32_t(at), std::uint32_t(end)});
    result.offsets.push_back(cursor.index(origin.begin));
    result.offsets.push_back(cursor.index(origin.end));
    at = end;
  }
  return result;
}

std::string error_of(std::string_view json) {
  const auto document = golden::parsed(json);
  const auto made = AnyNormalizer::from_json(document.root(), "tokenizer.json: normalizer");
  return made ? "no error" : made.error().message();
}

}  // namespace

BOOST_AUTO_TEST_CASE(texts_and_origins_are_those_of_the_reference) {
  const golden::Check check;
  golden::Components(SKALD_TEST_DATA "/tokenizers").normalizers(std::ref(check));
  BOOST_TEST(check.cases == 39 * 132);
}

// NFC and its sisters on every code point: Unicode 9, whatever utf8proc's version is.
BOOST_AUTO_TEST_CASE(characters_younger_than_unicode_9_stay) {
  const auto tables = golden::document("unicode_tables.json");
  const auto check = [&](auto normalizer, const char* name) {
    const Json list = *tables.root().find(std::string(decltype(normalizer)::type) + "_differs_from_python");
    for (std::size_t i = 0; i < list.size(); ++i) {
      std::string text;
      detail::append_utf8(text, char32_t(*list[i][0].integer()));
      BOOST_TEST(run(normalizer, text).text == *list[i][1].string(), name);
    }
  };
  check(NfcNormalizer{}, "NFC");
  check(NfdNormalizer{}, "NFD");
  check(NfkcNormalizer{}, "NFKC");
  check(NfkdNormalizer{}, "NFKD");
  // Marks of later versions have class 0: they do not move, and what is behind them does not move over them.
  const std::vector<bool> unordered = golden::code_points(*tables.root().find("NFD_order_differs_from_python"));
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (!unordered[c]) continue;
    std::string text = "a\u0345";
    detail::append_utf8(text, c);
    text += "\u0334";
    BOOST_TEST(run(NfdNormalizer{}, text).text == text);
  }
}

BOOST_AUTO_TEST_CASE(composition) {
  BOOST_TEST(run(NfcNormalizer{}, "e\u0301").text == "\u00e9");
  BOOST_TEST(run(NfcNormalizer{}, "\u1100\u1161\u11a8").text == "\uac01");
  BOOST_TEST(run(NfcNormalizer{}, "a\u0323\u0307").text == "\u1ea1\u0307");
  BOOST_TEST(run(NfcNormalizer{}, "\u0958").text == "\u0915\u093c");          // excluded from composition
  BOOST_TEST(run(NfcNormalizer{}, "\U00011935\U00011930").text == "\U00011935\U00011930");  // composes since 13
  BOOST_TEST(run(NfkcNormalizer{}, "\ufb01").text == "fi");
  BOOST_TEST(run(NfcNormalizer{}, "").text == "");
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
  BOOST_TEST(error_of(R"({"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Nfc"}]})") ==
             "tokenizer.json: normalizer.normalizers[1].type: \"Nfc\" is not supported yet");
  BOOST_TEST(error_of(R"({"type": ""})") == "tokenizer.json: normalizer.type: \"\" is not supported yet");
  BOOST_TEST(error_of(R"({})") == "tokenizer.json: normalizer.type: expected a string, found nothing");
  BOOST_TEST(error_of(R"([])") == "tokenizer.json: normalizer: expected an object, found array");
  BOOST_TEST(error_of(R"({"type": "Replace", "content": "x", "pattern": {"Foo": "a"}})") ==
             "tokenizer.json: normalizer.pattern: expected {\"String\": ...} or {\"Regex\": ...}, found object");
  BOOST_TEST(error_of(R"({"type": "Replace", "content": "x", "pattern": {"Regex": "("}})") ==
             "tokenizer.json: normalizer.pattern.Regex: at byte 1 of the pattern: a parenthesis that is not closed");
  BOOST_TEST(error_of(R"({"type": "Strip", "strip_left": 1, "strip_right": true})") ==
             "tokenizer.json: normalizer.strip_left: expected a boolean, found 1");
  const std::string clean = "tokenizer.json: normalizer.clean_text: expected a boolean, found nothing";
  BOOST_TEST(error_of(R"({"type": "BertNormalizer", "handle_chinese_chars": true, "lowercase": true})") == clean);
  BOOST_TEST(error_of(R"({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                          "strip_accents": 1, "lowercase": true})") ==
             "tokenizer.json: normalizer.strip_accents: expected a boolean, found 1");
}

BOOST_AUTO_TEST_CASE(files_without_type) {
  BOOST_TEST(error_of(R"({"prepend": "x"})") == "no error");
  BOOST_TEST(error_of(R"({"normalizers": [{"strip_left": true, "strip_right": false}]})") == "no error");
  BOOST_TEST(error_of(R"({"pattern": {"String": "a"}, "content": "b"})") == "no error");
  BOOST_TEST(error_of(R"({"clean_text": true, "handle_chinese_chars": true, "lowercase": true})") == "no error");
}

BOOST_AUTO_TEST_CASE(charsmaps_that_are_none) {
  const auto error = [](const std::string& base64) {
    return error_of(R"({"type": "Precompiled", "precompiled_charsmap": ")" + base64 + "\"}");
  };
  const std::string at = "tokenizer.json: normalizer.precompiled_charsmap: expected ";
  BOOST_TEST(error("") == at + "a charsmap: the size of a trie, the trie");
  BOOST_TEST(error("AAAAAAAAAAAA") == at + "a charsmap: the size of a trie, the trie");   // no unit
  BOOST_TEST(error("CAAAAAAAAAAA") == at + "a charsmap: the size of a trie, the trie");   // longer than what follows
  BOOST_TEST(error("BAAAAAAAAAD/") == at + "texts in UTF-8 behind the trie");
  BOOST_TEST(error("A*AA") == at + "Base64");
  BOOST_TEST(error("BAAAAAAAAAA") == "no error");                                         // the padding is not missed
  BOOST_TEST(error_of(R"({"type": "Precompiled", "precompiled_charsmap": null})") ==
             at + "a string, found nothing");
  // Units that point anywhere: a text stays what it is.
  for (const char* const wild : {"BAAAAP////8=", "CAAAAP//////////"}) {
    const auto document = golden::parsed(
        std::string(R"({"type": "Precompiled", "precompiled_charsmap": ")") + wild + "\"}");
    BOOST_TEST(run(make(document.root()), "any text\u00e9").text == "any text\u00e9");
  }
}

// Each part alone, and in the order that BERT has them in.
BOOST_AUTO_TEST_CASE(bert) {
  const std::string text = " A\t\u00c9\u200b\u4e2d\u0130\u0301\x01";
  BOOST_TEST(run(BertNormalizer(), text).text == " a e \u4e2d i");
  BOOST_TEST(run(BertNormalizer{false, false, false, false}, text).text == text);
  BOOST_TEST(run(BertNormalizer{true, false, false, false}, text).text == " A \u00c9\u4e2d\u0130\u0301");
  BOOST_TEST(run(BertNormalizer{false, true, false, false}, text).text ==
             " A\t\u00c9\u200b \u4e2d \u0130\u0301\x01");
  BOOST_TEST(run(BertNormalizer{false, false, true, false}, text).text == " A\tE\u200b\u4e2dI\x01");
  BOOST_TEST(run(BertNormalizer{false, false, false, true}, text).text ==
             " a\t\u00e9\u200b\u4e2di\u0307\u0301\x01");
}

namespace {

/// A user's own, without a name in files.
struct Shout {
  Result<void> operator()(AlignedText& text) const {
    TextRewriter rewriter(text);
    rewriter.copy(rewriter.rest().size());
    rewriter.insert("!");
    std::move(rewriter).commit(text);
    return {};
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(any_normalizer_holds_what_is_put_into_it) {
  AnyNormalizer any = Shout();
  BOOST_TEST(bool(any));
  BOOST_TEST(run(any, "hey").text == "hey!");
  NormalizerSequence sequence;
  sequence.parts = {any, LowercaseNormalizer(), any};
  BOOST_TEST(run(AnyNormalizer(sequence), "Hey").text == "hey!!");
  const AnyNormalizer moved = std::move(any);
  BOOST_TEST(!any);
  BOOST_TEST(run(any, "hey").text == "hey");
  BOOST_TEST(run(moved, "hey").text == "hey!");
}

BOOST_AUTO_TEST_CASE(a_regex_out_of_bounds_is_an_error) {
  const auto document = golden::parsed(R"({"type": "Replace", "content": "", "pattern": {"Regex": "(a|aa)+$"}})");
  const std::string input = std::string(60, 'a') + "b";
  AlignedText text(input, {0, 61});
  const auto done = make(document.root())(text);
  BOOST_REQUIRE(!done);
  BOOST_TEST(done.error().message() == "the pattern needs too many steps for this text");
}

BOOST_AUTO_TEST_SUITE_END()
