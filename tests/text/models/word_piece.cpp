#include "skald/text/models/word_piece.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "models.hpp"

BOOST_AUTO_TEST_SUITE(text_models_word_piece)

using namespace skald;
using models::ids;

namespace {

WordPiece make(const std::string& vocab, const std::string& prefix = "##", const std::string& most = "100") {
  return *models::make<WordPiece>("{\"unk_token\": \"?\", \"continuing_subword_prefix\": \"" + prefix +
                                  "\", \"max_input_chars_per_word\": " + most + ", \"vocab\": {" + vocab + "}}");
}

}  // namespace

// The longest part is taken although another cut would have found a way.
BOOST_AUTO_TEST_CASE(it_never_goes_back) {
  const WordPiece model = make(R"("?": 0, "ab": 1, "abc": 2, "##cd": 3, "##d": 4)");
  BOOST_TEST(ids(model, "abcd") == "2:3 4:1 ");
  const WordPiece other = make(R"("?": 0, "ab": 1, "abc": 2, "##cd": 3)");
  BOOST_TEST(ids(other, "abcd") == "0:4 ");
}

BOOST_AUTO_TEST_CASE(parts_are_taken_greedily) {
  const WordPiece model = make(R"("?": 0, "un": 1, "##aff": 2, "##able": 3, "##a": 4, "ab": 5, "##b": 6, "a": 7)");
  BOOST_TEST(ids(model, "unaffable") == "1:2 2:3 3:4 ");
  BOOST_TEST(ids(model, "ab") == "5:2 ");
  BOOST_TEST(ids(model, "aab") == "7:1 4:1 6:1 ");
  BOOST_TEST(ids(model, "unb") == "1:2 6:1 ");
  BOOST_TEST(ids(model, "unx") == "0:3 ");   // a part is unknown: the whole word is
  BOOST_TEST(ids(model, "b") == "0:1 ");     // "##b" goes on, it begins nothing
  BOOST_TEST(ids(model, "") == "");
}

BOOST_AUTO_TEST_CASE(the_prefix_itself_is_text_too) {
  const WordPiece model = make(R"("?": 0, "a": 1, "##": 2, "##b": 3)");
  BOOST_TEST(ids(model, "##") == "2:2 ");
  BOOST_TEST(ids(model, "a##") == "0:3 ");
  BOOST_TEST(ids(model, "abb") == "1:1 3:1 3:1 ");
  const WordPiece none = make(R"("?": 0, "a": 1, "b": 3)", "");
  BOOST_TEST(ids(none, "aba") == "1:1 3:1 1:1 ");
  const WordPiece unused = make(R"("?": 0, "a": 1, "b": 3)", "@@");
  BOOST_TEST(ids(unused, "a") == "1:1 ");
  BOOST_TEST(ids(unused, "ab") == "0:2 ");
}

BOOST_AUTO_TEST_CASE(long_words_are_unknown_by_characters) {
  const WordPiece model = make("\"?\": 0, \"\u00e9\": 1, \"##\u00e9\": 2", "##", "3");
  BOOST_TEST(ids(model, "\u00e9\u00e9\u00e9") == "1:2 2:2 2:2 ");
  BOOST_TEST(ids(model, "\u00e9\u00e9\u00e9\u00e9") == "0:8 ");
  const WordPiece endless = make("\"?\": 0, \"a\": 1, \"##aa\": 2", "##", "10000000000");
  BOOST_TEST(ids(endless, std::string(5, 'a')) == "1:1 2:2 2:2 ");
  WordPiece::Scratch scratch;
  std::vector<Token> tokens;
  BOOST_TEST(!endless.tokenize({std::string(2000001, 'a')}, scratch, tokens));
  BOOST_TEST(tokens.size() == 1000001u);
}

BOOST_AUTO_TEST_CASE(byte_level_pieces_are_looked_up_by_their_characters) {
  const WordPiece model = make("\"?\": 0, \"\u0120a\": 1, \"##\u00c3\u00a9\": 2");
  BOOST_TEST(ids(model, " a\u00e9", true) == "1:2 2:2 ");
  BOOST_TEST(ids(model, " a\u00e8", true) == "0:4 ");
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
  const std::string at = "tokenizer.json: model";
  BOOST_TEST(models::error_of<WordPiece>("{}") == at + ".unk_token: expected a string, found nothing");
  BOOST_TEST(models::error_of<WordPiece>(R"({"unk_token": "?", "continuing_subword_prefix": "##", "vocab": {}})") ==
             at + ".max_input_chars_per_word: expected an integer of at least 0, found nothing");
  BOOST_TEST(models::error_of<WordPiece>(R"({"unk_token": "?", "continuing_subword_prefix": "##",
             "max_input_chars_per_word": 1, "vocab": []})") == at + ".vocab: expected an object, found array");
  BOOST_TEST(ids(make(R"("a": 1)"), "b") == "model.unk_token is not in the vocabulary");
  BOOST_TEST(ids(make(R"("a": 1)"), "a") == "1:1 ");
}

BOOST_AUTO_TEST_SUITE_END()
