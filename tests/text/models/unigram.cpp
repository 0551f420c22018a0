#include "skald/text/models/unigram.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "models.hpp"

BOOST_AUTO_TEST_SUITE(text_models_unigram)

using namespace skald;
using models::ids;

namespace {

Unigram make(const std::string& vocab, const std::string& more = "\"unk_id\": 0") {
  return *models::make<Unigram>("{\"vocab\": [" + vocab + "], " + more + "}");
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_most_probable_cut) {
  const Unigram model = make(R"(["?", 0], ["a", -1.0], ["b", -1.5], ["ab", -2.0], ["abb", -3.75], ["bb", -3])");
  BOOST_TEST(ids(model, "ab") == "3:2 ");
  BOOST_TEST(ids(model, "abb") == "3:2 2:1 ");
  BOOST_TEST(ids(model, "ba") == "2:1 1:1 ");
  BOOST_TEST(ids(model, "bb") == "5:2 ");  // as probable as two: the one that begins first
  BOOST_TEST(ids(model, "") == "");
  BOOST_TEST(model.vocab_size() == 6u);
}

// All cuts of random texts, each with its sum: the best must come out.
BOOST_AUTO_TEST_CASE(no_cut_is_better) {
  const std::map<std::string, double> scores{{"a", -1.25}, {"b", -2}, {"ab", -3.5}, {"ba", -2.75}, {"aba", -4},
                                             {"bbb", -4.5}, {"abab", -6}};
  std::string vocab = R"(["?", -9])";
  std::vector<double> by_id{-9};
  for (const auto& [piece, score] : scores) {
    vocab.append(", [\"").append(piece).append("\", ").append(std::to_string(score)).append("]");
    by_id.push_back(score);
  }
  const Unigram model = make(vocab);
  std::uint32_t seed = 5;
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int i = 0; i < 1 + round % 14; ++i) {
      seed = seed * 1664525 + 1013904223;
      text += "ab"[seed >> 20 & 1];
    }
    std::vector<double> best(text.size() + 1, -1e9);
    best[0] = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (const auto& [piece, score] : scores) {
        if (text.compare(at, piece.size(), piece) != 0) continue;
        best[at + piece.size()] = std::max(best[at + piece.size()], best[at] + score);
      }
    }
    Unigram::Scratch scratch;
    std::vector<Token> tokens;
    BOOST_REQUIRE(!model.tokenize({text}, scratch, tokens));
    double sum = 0;
    std::string joined;
    for (const Token& token : tokens) {
      sum += by_id[std::size_t(token.id)];
      joined += *model.id_to_token(token.id);
    }
    BOOST_TEST(joined == text);
    BOOST_TEST(sum == best.back(), text);
  }
}

BOOST_AUTO_TEST_CASE(unknown_characters_side_by_side_are_one) {
  const std::string vocab = R"(["?", 0], ["a", -1], ["xyz", -100])";
  const Unigram model = make(vocab);
  BOOST_TEST(ids(model, "a\u00e9\u00e8a\u00e9") == "1:1 0:4 1:1 0:2 ");
  BOOST_TEST(ids(model, "?!") == "0:2 ");       // the unknown token's own text joins them
  BOOST_TEST(ids(model, "axyza") == "1:1 2:3 1:1 ");  // a token after all
  BOOST_TEST((model.token_of_any_text() == std::optional<token_id>(0)));
  const Unigram none = make(vocab, "\"unk_id\": null");
  BOOST_TEST(ids(none, "aa") == "1:1 1:1 ");
  BOOST_TEST(ids(none, "ab") == "a character is no token, and the model has no unk_id");
  BOOST_TEST(!none.token_of_any_text());
}

BOOST_AUTO_TEST_CASE(bytes_of_unknown_characters) {
  const Unigram model = make(R"(["?", 0], ["a", -1], ["<0xC3>", -2], ["<0xA9>", -3])",
                             R"("unk_id": 0, "byte_fallback": true)");
  // All byte tokens of a run cover the whole run: sizes of 0 say so.
  BOOST_TEST(ids(model, "a\u00e9\u00e9a") == "1:1 2:4 3:0 2:0 3:0 1:1 ");
  BOOST_TEST(ids(model, "a\u00e9b") == "1:1 0:3 ");  // b has none
  BOOST_TEST(ids(model, std::string(10, '?')) == "0:10 ");
}

BOOST_AUTO_TEST_CASE(what_is_there_twice_has_the_last_id) {
  const Unigram model = make(R"(["?", 0], ["a", -1], ["a", -3], ["", -1], ["b", -1])");
  BOOST_TEST(ids(model, "ab") == "2:1 4:1 ");
  BOOST_TEST(model.vocab_size() == 5u);
  BOOST_TEST(*model.id_to_token(1) == "a");
  BOOST_TEST(*model.id_to_token(2) == "a");
  BOOST_TEST(*model.id_to_token(3) == "");
  BOOST_TEST(!model.id_to_token(5));
  BOOST_TEST(!model.id_to_token(-1));
}

BOOST_AUTO_TEST_CASE(long_texts_are_no_trouble) {
  const Unigram model = make(R"(["?", 0], ["a", -1], ["aaaa", -1], ["<0x78>", -1])",
                             R"("unk_id": 0, "byte_fallback": true)");
  Unigram::Scratch scratch;
  std::vector<Token> tokens;
  BOOST_TEST(!model.tokenize({std::string(1000000, 'a')}, scratch, tokens));
  BOOST_TEST(tokens.size() == 250000u);
  tokens.clear();
  BOOST_TEST(!model.tokenize({std::string(1000000, 'x')}, scratch, tokens));
  BOOST_TEST(tokens.size() == 1000000u);
}

BOOST_AUTO_TEST_CASE(byte_level_pieces_count_their_bytes) {
  const Unigram model = make("[\"?\", 0], [\"\u0120a\", -1], [\"\u00c3\", -1], [\"\u00a9\", -1]");
  BOOST_TEST(ids(model, " a\u00e9x", true) == "1:2 2:1 3:1 0:1 ");
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
  const std::string at = "tokenizer.json: model";
  BOOST_TEST(models::error_of<Unigram>("{}") == at + ".vocab: expected an array, found nothing");
  BOOST_TEST(models::error_of<Unigram>(R"({"vocab": []})") == at + ".vocab: expected at least one token, found array");
  BOOST_TEST(models::error_of<Unigram>(R"({"vocab": [["a", 0]], "unk_id": 1})") ==
             at + ".unk_id: expected an id of the vocabulary, found 1");
  BOOST_TEST(models::error_of<Unigram>(R"({"vocab": [["a", 0], ["b"]]})") ==
             at + ".vocab[1]: expected a token and its score, found array");
  BOOST_TEST(models::error_of<Unigram>(R"({"vocab": [["a", "0"]]})") ==
             at + ".vocab[0]: expected a token and its score, found array");
  BOOST_TEST(models::error_of<Unigram>(R"({"vocab": [["a", 0]], "alpha": 0.1, "nbest_size": 4})") ==
             at + ".alpha: encoding is deterministic, expected null");
}

BOOST_AUTO_TEST_SUITE_END()
