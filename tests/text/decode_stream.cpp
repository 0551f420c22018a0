#include "skald/text/decode_stream.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "components.hpp"
#include "skald/text/tokenizer.hpp"

BOOST_AUTO_TEST_SUITE(text_decode_stream)

using namespace skald;

namespace {

Tokenizer load(const std::string& name) {
  return *Tokenizer::try_from_pretrained(std::string(SKALD_TEST_DATA "/tokenizers/") + name);
}

}  // namespace

// Random ids make broken characters of every kind; the pieces must give the whole all the same.
BOOST_AUTO_TEST_CASE(pieces_give_the_whole_for_any_ids) {
  std::uint32_t seed = 11;
  for (const char* const name : {"bpe_gpt1", "bpe_gpt2", "bpe_llama2", "bpe_gemma", "bpe_qwen2", "bpe_clip",
                                 "bpe_partial_fallback", "bpe_prefix_suffix", "added_flags_prepend", "uni_fallback",
                                 "uni_ties", "uni_xlmr", "wl_ctc", "wp_bert_cased"}) {
    const Tokenizer tok = load(name);
    for (int round = 0; round < 400; round += SKALD_TEST_STRIDE) {
      std::vector<token_id> ids(std::size_t(round % 60));
      for (token_id& id : ids) {
        seed = seed * 1664525 + 1013904223;
        // Mostly single bytes and byte tokens, which lie at the start of these vocabularies.
        id = token_id((seed >> 8) % (round % 2 == 0 ? 280 : 720));
      }
      for (const bool skip : {false, true}) {
        for (const bool clean : {false, true}) {
          const DecodeOptions options{skip, clean};
          auto stream = tok.decode_stream(options);
          std::string text;
          for (const token_id id : ids) {
            const std::string piece = stream.push(id);
            BOOST_TEST(detail::valid_utf8_prefix(piece) == piece.size());
            text += piece;
          }
          text += stream.finish();
          BOOST_TEST(text == tok.decode(ids, options), name << " round " << round);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(every_character_of_every_script) {
  const auto document = golden::document("texts.json");
  const Json texts = *document.root().find("texts");
  const Tokenizer tok = load("bpe_gpt2");
  auto stream = tok.decode_stream();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string input(*texts[i].string());
    std::string text;
    for (const token_id id : tok(input).ids) text += stream.push(id);
    BOOST_TEST(text + stream.finish() == input);  // finished, the stream is as new
  }
}

BOOST_AUTO_TEST_CASE(a_character_comes_with_its_last_byte) {
  const Tokenizer tok = load("bpe_gpt2");
  auto stream = tok.decode_stream();
  std::vector<std::string> pieces;
  for (const token_id id : tok("\U0001F642", {.add_special_tokens = false}).ids) pieces.push_back(stream.push(id));
  BOOST_REQUIRE(pieces.size() > 1u);
  for (std::size_t i = 0; i + 1 < pieces.size(); ++i) BOOST_TEST(pieces[i].empty());
  BOOST_TEST(pieces.back() == "\U0001F642");
  BOOST_TEST(stream.finish() == "");
}

BOOST_AUTO_TEST_CASE(a_copy_goes_on_by_itself) {
  const Tokenizer tok = load("bpe_gpt2");
  const std::vector<token_id> ids = tok("\u20ac", {.add_special_tokens = false}).ids;
  BOOST_REQUIRE(ids.size() > 1u);
  auto stream = tok.decode_stream();
  BOOST_TEST(stream.push(ids[0]) == "");
  auto copy = stream;
  std::string text = copy.push(ids[1]);
  for (std::size_t i = 2; i < ids.size(); ++i) text += copy.push(ids[i]);
  BOOST_TEST(text + copy.finish() == "\u20ac");
  BOOST_TEST(stream.push(65) == "\uFFFDa");  // the original never saw the rest
}

BOOST_AUTO_TEST_CASE(ids_without_a_token_give_nothing) {
  auto stream = load("bpe_gpt2").decode_stream();  // outlives the tokenizer it was made from
  BOOST_TEST(stream.push(-1) == "");
  BOOST_TEST(stream.push(1 << 30) == "");
  BOOST_TEST(stream.push(65) == "a");
  BOOST_TEST(stream.finish() == "");
}

BOOST_AUTO_TEST_SUITE_END()
