#include "skald/text/word_stream.hpp"

#include <boost/test/unit_test.hpp>

#include "components.hpp"
#include "skald/text/step_stream.hpp"
#include "skald/text/tokenizer.hpp"

BOOST_AUTO_TEST_SUITE(text_word_stream)

using namespace skald;

// What the originals gave for recorded streams is compared by the golden program.

namespace {

const Tokenizer& tok() {
  static const Tokenizer t = *Tokenizer::try_from_file(SKALD_TEST_DATA "/tokenizers/bpe_gpt2/tokenizer.json");
  return t;
}

template <class Stream>
std::vector<std::string> pieces(Stream& stream, std::string_view text) {
  std::vector<std::string> all;
  for (const token_id id : tok()(text).ids) {
    const std::string piece = stream.push(id);
    if (!piece.empty()) all.push_back(piece);
  }
  all.push_back(stream.finish());
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(words_lines_and_ideographs) {
  WordStream stream(tok());
  BOOST_TEST(pieces(stream, "the stream of words\n") ==
             (std::vector<std::string>{"the ", "stream ", "of ", "words\n", ""}), boost::test_tools::per_element());
  BOOST_TEST(pieces(stream, "and the rest") == (std::vector<std::string>{"and ", "the ", "rest"}),
             boost::test_tools::per_element());
  BOOST_TEST(pieces(stream, "\u4e2d\u6587x") == (std::vector<std::string>{"\u4e2d", "\u6587", "x"}),
             boost::test_tools::per_element());
  BOOST_TEST(stream.finish() == "");
}

BOOST_AUTO_TEST_CASE(steps_join_to_the_text) {
  StepStream stream(tok());
  for (const std::string text : {"the stream of words\n", "caf\u00e9 \U0001F642 \u4e2d\u6587", ""}) {
    std::string joined;
    for (const std::string& piece : pieces(stream, text)) {
      BOOST_TEST(detail::valid_utf8_prefix(piece) == piece.size());
      joined += piece;
    }
    BOOST_TEST(joined == text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
