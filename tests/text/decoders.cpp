#include "skald/text/decoders/any_decoder.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "components.hpp"
#include "skald/text/decoders/clean_up.hpp"

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

BOOST_AUTO_TEST_SUITE(text_decoders)

BOOST_AUTO_TEST_CASE(texts_are_those_of_the_reference_however_tokens_come) {
  const auto golden = golden::document("components_decoders.json");
  const Json inputs = *golden.root().find("inputs"), cases = *golden.root().find("cases");
  int compared = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto made = AnyDecoder::from_json(*cases[i].find("config"), "decoder");
    if (!made) {
      BOOST_TEST(made.error().message().ends_with("is not supported yet"));
      continue;
    }
    const Json out = *cases[i].find("out");
    for (std::size_t t = 0; t < inputs.size(); ++t) {
      if (!out[t].is_string()) continue;  // the reference's own failure
      std::vector<std::string> tokens;
      for (std::size_t k = 0; k < inputs[t].size(); ++k) tokens.emplace_back(*inputs[t][k].string());
      for (const std::size_t size : {0u, 1u, 2u, 3u}) {
        BOOST_TEST(decode(*made, tokens, size) == *out[t].string(), "case " << i << " input " << t << " by " << size);
        ++compared;
      }
    }
  }
  BOOST_TEST(compared > 1000);
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

BOOST_AUTO_TEST_CASE(no_decoder_joins_with_spaces) {
  BOOST_TEST(decode(AnyDecoder(), {"a", "b", ""}, 1) == "a b ");
}

BOOST_AUTO_TEST_SUITE_END()
