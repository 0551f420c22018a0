#include "skald/text/decoders/any_decoder.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

#include "golden_check.hpp"
#include "skald/text/decoders/clean_up.hpp"

BOOST_AUTO_TEST_SUITE(text_decoders)

using namespace skald;

namespace {

/// Feeds tokens in groups of `size` (0: all with the end) and joins what comes out. Every piece must be whole UTF-8.
template <class D>
std::string decode(const D& decoder, const std::vector<std::string>& tokens, std::size_t size) {
  typename D::State state;
  std::string text;
  const auto feed = [&](std::vector<DecodedPiece> pieces, bool last) {
    BOOST_REQUIRE(decoder(state, pieces, last).has_value());
    for (const DecodedPiece& piece : pieces) {
      BOOST_TEST(detail::valid_utf8_prefix(piece.text) == piece.text.size());
      text += piece.text;
    }
  };
  std::vector<DecodedPiece> group;
  for (const std::string& token : tokens) {
    group.push_back({token});
    if (group.size() == size) feed(std::exchange(group, {}), false);
  }
  feed(group, true);
  return text;
}

AnyDecoder make(std::string_view json) {
  const auto document = golden::parsed(json);
  return *AnyDecoder::from_json(document.root(), "decoder");
}

}  // namespace

BOOST_AUTO_TEST_CASE(texts_are_those_of_the_reference_however_tokens_come) {
  const golden::Check check;
  golden::Components(SKALD_TEST_DATA "/tokenizers").decoders(std::ref(check));
  BOOST_TEST(check.cases > 1000);
}

BOOST_AUTO_TEST_CASE(byte_level_never_gives_half_a_character) {
  const AnyDecoder decoder = make(R"({"type": "ByteLevel"})");
  const std::string bytes = "a\u00e9\u20ac\U0001F642\x80\xE2\x82z";
  std::vector<std::string> tokens;
  for (const char byte : bytes) detail::append_byte_level(tokens.emplace_back(), byte);
  for (const std::size_t size : {0u, 1u, 2u, 5u}) {
    BOOST_TEST(decode(decoder, tokens, size) == "a\u00e9\u20ac\U0001F642\uFFFD\uFFFDz");
  }
  // What is no byte-level token is text.
  BOOST_TEST(decode(decoder, {"\u0120x", "<|a b|>", "\u4e00"}, 1) == " x<|a b|>\u4e00");
}

BOOST_AUTO_TEST_CASE(byte_fallback_waits_for_the_end_of_a_run) {
  const AnyDecoder decoder = make(R"({"type": "ByteFallback"})");
  ByteFallbackDecoder::State state;
  std::vector<DecodedPiece> pieces = {{"<0xE2>"}, {"<0x82>"}};
  BOOST_REQUIRE(ByteFallbackDecoder()(state, pieces, false).has_value());
  BOOST_TEST(pieces.empty());
  pieces = {{"<0xac>"}, {"x"}};
  BOOST_REQUIRE(ByteFallbackDecoder()(state, pieces, false).has_value());
  BOOST_REQUIRE(pieces.size() == 2u);
  BOOST_TEST(pieces[0].text == "\u20ac");
  BOOST_TEST(decode(decoder, {"<0xE2>", "<0x82>", "y", "<0x4>", "<0xGG>"}, 1) == "\uFFFD\uFFFDy<0x4><0xGG>");
}

BOOST_AUTO_TEST_CASE(replacing_and_stripping_do_not_see_where_a_string_was_cut) {
  const AnyDecoder decoder = make(R"({"type": "Sequence", "decoders": [
      {"type": "Fuse"}, {"type": "Replace", "pattern": {"String": "</w>"}, "content": " "},
      {"type": "Strip", "content": " ", "start": 2, "stop": 1}]})");
  const std::vector<std::string> tokens = {" ", " ", " ", "a<", "/", "w>", "</w></", "w", "> b", "</w", "><", "/w>"};
  const std::string whole = decode(decoder, tokens, 0);
  BOOST_TEST(whole == " a    b ");
  for (const std::size_t size : {1u, 2u, 3u, 7u}) BOOST_TEST(decode(decoder, tokens, size) == whole);
  const AnyDecoder regex = make(R"({"type": "Sequence", "decoders": [
      {"type": "Fuse"}, {"type": "Replace", "pattern": {"Regex": "a+"}, "content": "<"}]})");
  BOOST_TEST(decode(regex, {"a", "a", "ba"}, 1) == "<b<");
}

BOOST_AUTO_TEST_CASE(strip_holds_back_no_more_than_it_may_take) {
  StripDecoder::State state;
  const StripDecoder strip{"x", 1, 2};
  const auto feed = [&](std::string text, bool ends) {
    std::vector<DecodedPiece> pieces = {{std::move(text), ends}};
    BOOST_REQUIRE(strip(state, pieces, false).has_value());
    return pieces[0].text;
  };
  BOOST_TEST(feed("xxa", false) == "xa");
  BOOST_TEST(feed("xx", false) == "");
  BOOST_TEST(feed("xx", false) == "xx");
  BOOST_TEST(feed("b", false) == "xxb");
  BOOST_TEST(feed("xxx", true) == "x");
  BOOST_TEST(feed("x", true) == "");
}

BOOST_AUTO_TEST_CASE(clean_up_is_ten_replacements_on_the_whole) {
  const std::vector<std::string> tokens = {"do", " n", "'t", " .", " ",  "?",  " '",
                                           " he", " '", "s", " ,", " !", " '", "ve"};
  const auto clean = [&](std::size_t size) {
    CleanUpDecoder::State state;
    std::string text;
    std::vector<DecodedPiece> pieces;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      pieces.push_back({tokens[i]});
      if (pieces.size() < size && i + 1 < tokens.size()) continue;
      CleanUpDecoder()(state, pieces, i + 1 == tokens.size());
      for (const DecodedPiece& piece : pieces) text += piece.text;
      pieces.clear();
    }
    return text;
  };
  BOOST_TEST(clean(100) == "don't.?'he's,!'ve");
  for (const std::size_t size : {1u, 2u, 3u}) BOOST_TEST(clean(size) == clean(100));
}

BOOST_AUTO_TEST_CASE(words_from_parts) {
  const AnyDecoder decoder = make(R"({"type": "WordPiece", "prefix": "##", "cleanup": true})");
  const std::vector<std::string> tokens = {"##do", "n", "'t", "##s", ".", "he", "'s", ",", "##", "do not", "'"};
  for (const std::size_t size : {0u, 1u, 3u}) {
    BOOST_TEST(decode(decoder, tokens, size) == "##do n 'ts. he's, don't '");
  }
  const AnyDecoder none = make(R"({"type": "WordPiece", "prefix": "", "cleanup": false})");
  BOOST_TEST(decode(none, {"a", "b"}, 1) == "ab");
  const AnyDecoder fused = make(R"({"type": "Sequence", "decoders": [
      {"type": "Fuse"}, {"type": "WordPiece", "prefix": "##", "cleanup": true}]})");
  BOOST_TEST(decode(fused, {"a", " ", ".", "##"}, 1) == "a.##");
}

// The last token's suffix is nothing, so a suffix waits for the next token; the text before it does not.
BOOST_AUTO_TEST_CASE(a_suffix_waits_for_the_next_token) {
  BpeDecoder::State state;
  const BpeDecoder decoder{"</w>"};
  const auto feed = [&](std::vector<DecodedPiece> pieces, bool last) {
    BOOST_REQUIRE(decoder(state, pieces, last).has_value());
    std::string text;
    for (const DecodedPiece& piece : pieces) text += piece.text;
    return text;
  };
  BOOST_TEST(feed({{"ab"}}, false) == "ab");
  BOOST_TEST(feed({{"c</w>d</w>"}}, false) == "c");
  BOOST_TEST(feed({{"e"}}, false) == " d e");
  BOOST_TEST(feed({{"</w>"}}, false) == "");
  BOOST_TEST(feed({{"f</w>"}}, true) == " f");
  const AnyDecoder empty = make(R"({"type": "BPEDecoder", "suffix": ""})");
  for (const std::size_t size : {0u, 1u}) BOOST_TEST(decode(empty, {"ab", "cd"}, size) == " a b cd");
}

BOOST_AUTO_TEST_CASE(speech_frame_by_frame) {
  const AnyDecoder decoder =
      make(R"({"type": "CTC", "pad_token": "<p>", "word_delimiter_token": "|", "cleanup": true})");
  const std::vector<std::string> tokens = {"<p>", "h", "h", "<p>", "h", "|", "|", "i", " n't", " n't", "a<p>", "<p>"};
  for (const std::size_t size : {0u, 1u, 2u, 5u}) BOOST_TEST(decode(decoder, tokens, size) == "hh in'ta");
  const AnyDecoder raw =
      make(R"({"type": "CTC", "pad_token": "<p>", "word_delimiter_token": "|", "cleanup": false})");
  BOOST_TEST(decode(raw, tokens, 1) == "hh|i n'ta");
}

BOOST_AUTO_TEST_CASE(the_first_token_has_no_space_in_front) {
  const std::string json = R"({"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": ")";
  const std::vector<std::string> tokens = {"\u2581a\u2581b", "\u2581c", "d\u2581"};
  for (const std::size_t size : {0u, 1u, 2u}) {
    BOOST_TEST(decode(make(json + "always\"}"), tokens, size) == "ab cd ");
    BOOST_TEST(decode(make(json + "first\"}"), tokens, size) == "ab cd ");
    BOOST_TEST(decode(make(json + "never\"}"), tokens, size) == " a b cd ");
  }
}

BOOST_AUTO_TEST_CASE(decoders_without_a_type_are_known_by_their_members) {
  BOOST_TEST(decode(make(R"({"prefix": "##", "cleanup": false})"), {"a", "##b", "c"}, 1) == "ab c");
  BOOST_TEST(decode(make(R"({"suffix": "</w>"})"), {"a</w>", "b</w>"}, 1) == "a b");
  BOOST_TEST(decode(make(R"({"replacement": "_"})"), {"_a", "_b"}, 1) == "a b");
  BOOST_TEST(decode(make(R"({"content": "a", "start": 1, "stop": 0})"), {"ab"}, 1) == "b");
  BOOST_TEST(decode(make(R"({"pattern": {"String": "a"}, "content": "c"})"), {"ab"}, 1) == "cb");
  BOOST_TEST(decode(make(R"({"add_prefix_space": true, "trim_offsets": true})"), {"\u0120a"}, 1) == " a");
  BOOST_TEST(decode(make(R"({"pad_token": "p", "word_delimiter_token": "|", "cleanup": true})"), {"a", "a"}, 1) == "a");
}

BOOST_AUTO_TEST_CASE(no_decoder_joins_with_spaces) {
  BOOST_TEST(decode(AnyDecoder(), {"a", "b", ""}, 1) == "a b ");
}

BOOST_AUTO_TEST_SUITE_END()
