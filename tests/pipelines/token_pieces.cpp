#include "skald/pipelines/token_pieces.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/models.hpp"
#include "skald/pipelines/token_vocabulary.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_token_pieces)

using namespace skald;

BOOST_AUTO_TEST_CASE(pieces_keep_their_spaces_and_bytes) {
  const Tokenizer& tok = tales_tokenizer();
  const auto ids = tok("the fox said \xC3\xB6", {.add_special_tokens = false}).ids;
  std::string joined;
  for (token_id t : ids) joined += token_piece(tok, t);
  BOOST_TEST(joined == "the fox said \xC3\xB6");
  // Half a character is its byte.
  BOOST_TEST(token_piece(tok, ids.back()) == "\xB6");
}

BOOST_AUTO_TEST_CASE(one_a_token) {
  const auto pieces = token_pieces(tales_tokenizer());
  BOOST_REQUIRE(pieces.size() == tales_tokenizer().vocab_size());
  BOOST_TEST(pieces[std::size_t(*tales_tokenizer().token_to_id("\xC4\xA0the"))] == " the");
}

BOOST_AUTO_TEST_CASE(a_fallback_token_is_its_byte) {
  const auto tok = Tokenizer::from_pretrained(SKALD_TEST_DATA "/tokenizers/bpe_llama2");
  const auto piece = [&](std::string_view name) { return token_piece(tok, tok.token_to_id(name).value()); };
  BOOST_TEST(piece("<0xE4>") == "\xE4");
  BOOST_TEST(piece("<0x0A>") == "\n");
  BOOST_TEST(piece("\xE2\x96\x81the") == " the");
  const TokenVocabulary vocabulary = token_vocabulary(tok);
  BOOST_TEST(vocabulary.bytes(tok.token_to_id("<0xE4>").value()) == "\xE4");
  BOOST_TEST(vocabulary.bytes(tok.token_to_id("</s>").value()).empty());  // control tokens write nothing
}

BOOST_AUTO_TEST_SUITE_END()
