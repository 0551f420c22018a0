#include "skald/text/added_tokens.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(text_added_tokens)

using namespace skald;

namespace {

struct TinyModel {
  std::optional<token_id> token_to_id(std::string_view text) const {
    return text == "known" ? std::optional<token_id>(1) : std::nullopt;
  }
  std::size_t vocab_size() const { return 5; }
};

AddedToken token(std::string content, std::string_view flags = "") {
  const auto has = [&](char flag) { return flags.find(flag) != flags.npos; };
  return {-1, std::move(content), has('w'), has('l'), has('r'), has('n'), has('s')};
}

AddedTokens make(const std::vector<AddedToken>& list) {
  const auto lower = [](std::string_view text) -> Result<std::string> {
    std::string result(text);
    for (char& c : result) c = char(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return result;
  };
  return *AddedTokens::make(list, TinyModel{}, lower);
}

/// "a[<s>:5]b": what is text and what are tokens.
std::string split(const AddedTokens& added, std::string_view text, bool normalized = false,
                  bool split_special = false) {
  std::string all;
  std::vector<TextPiece> pieces;
  added.split(text, normalized, split_special, pieces);
  for (const TextPiece& piece : pieces) {
    const std::string_view part = text.substr(piece.range.begin, piece.range.size());
    if (piece.added < 0) all.append(part);
    else all.append("[").append(part).append(":").append(std::to_string(piece.added)).append("]");
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(ids_are_the_models_or_the_next_free_ones) {
  AddedToken far = token("far");
  far.id = 99;
  const AddedTokens added = make({far, token("known"), token(""), token("x"), token("far", "s")});
  BOOST_TEST(added.find("far")->id == 5);
  BOOST_TEST(added.find("known")->id == 1);
  BOOST_TEST(added.find("x")->id == 6);
  BOOST_TEST(added.find("") == nullptr);
  BOOST_TEST(added.tokens().size() == 3u);
  BOOST_TEST(added.outside_model() == 2u);
  BOOST_TEST(added.find("far")->special);  // the last flags count
  BOOST_TEST(added.is_special(5));
  BOOST_TEST(!added.is_special(6));
  BOOST_TEST(!added.is_special(-1));
  BOOST_TEST(*added.id_to_token(6) == "x");
  BOOST_TEST(!added.id_to_token(7));
  BOOST_TEST(!AddedTokens().id_to_token(0));
}

BOOST_AUTO_TEST_CASE(leftmost_then_longest) {
  const AddedTokens added = make({token("ab"), token("abcd"), token("bcde"), token("c")});
  BOOST_TEST(split(added, "xabcdex") == "x[abcd:6]ex");
  BOOST_TEST(split(added, "abce") == "[ab:5][c:8]e");
  BOOST_TEST(split(added, "bcde") == "[bcde:7]");
  BOOST_TEST(split(added, "ababab") == "[ab:5][ab:5][ab:5]");
  BOOST_TEST(split(added, "") == "");
  BOOST_TEST(split(AddedTokens(), "ab") == "ab");
}

BOOST_AUTO_TEST_CASE(white_space_that_tokens_swallow) {
  const AddedTokens added = make({token("<l>", "l"), token("<r>", "r"), token("<b>", "lr")});
  BOOST_TEST(split(added, "a <l> b") == "a[ <l>:5] b");
  BOOST_TEST(split(added, "a <r> \u3000b") == "a [<r> \u3000:6]b");
  BOOST_TEST(split(added, " <r> <l> <b> ") == " [<r> :6][<l>:5][ <b> :7]");
}

BOOST_AUTO_TEST_CASE(single_words) {
  const AddedTokens added = make({token("sw", "w")});
  BOOST_TEST(split(added, "sw, xsw sw_ \u00e9sw sw\u0301 (sw) sw") ==
             "[sw:5], xsw sw_ \u00e9sw sw\u0301 ([sw:5]) [sw:5]");
}

BOOST_AUTO_TEST_CASE(normalized_tokens_are_another_list) {
  const AddedTokens added = make({token("NORM", "n"), token("raw")});
  BOOST_TEST(split(added, "NORM norm raw", false) == "NORM norm [raw:6]");
  BOOST_TEST(split(added, "NORM norm raw", true) == "NORM [norm:5] raw");
  BOOST_TEST(*added.id_to_token(5) == "norm");
}

BOOST_AUTO_TEST_CASE(special_tokens_can_be_text) {
  const AddedTokens added = make({token("<s>", "s"), token("<p>")});
  BOOST_TEST(split(added, "<s><p>", false, true) == "<s>[<p>:6]");
}

BOOST_AUTO_TEST_CASE(thousands_of_tokens) {
  std::vector<AddedToken> list;
  for (int i = 0; i < 20000; ++i) list.push_back(token("<unused" + std::to_string(i) + ">"));
  const AddedTokens added = make(list);
  BOOST_TEST(split(added, "a<unused19999>b<unused1>") == "a[<unused19999>:20004]b[<unused1>:6]");
}

BOOST_AUTO_TEST_SUITE_END()
