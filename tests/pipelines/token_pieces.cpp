#include "skald/pipelines/token_pieces.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/models.hpp"

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

BOOST_AUTO_TEST_SUITE_END()
