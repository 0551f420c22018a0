// The code of docs/text.md.
#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "skald/pipelines/auto_tokenizer.hpp"

BOOST_AUTO_TEST_SUITE(docs_text)

using namespace skald;

namespace {

const char* const folder = SKALD_SOURCE_DIR "/examples/models/skald-tales";

// [component]
/// A normalizer of one's own: typographic apostrophes become plain ones. Offsets still count in the original text.
struct PlainApostrophes {
  static constexpr std::string_view curly = "\u2019";

  Result<void> operator()(AlignedText& text) const {
    TextRewriter rewriter(text);
    for (std::size_t at; (at = rewriter.rest().find(curly)) != std::string_view::npos;) {
      rewriter.copy(at);
      rewriter.replace("'", curly.size());
    }
    rewriter.copy(rewriter.rest().size());
    std::move(rewriter).commit(text);
    return {};
  }
};
// [/component]

// [fixed]
using TalesTokenizer = BasicTokenizer<PlainApostrophes, ByteLevelPreTokenizer, Bpe, TemplateProcessing, ByteLevelDecoder>;
// [/fixed]

}  // namespace

BOOST_AUTO_TEST_CASE(there_and_back) {
  // [encode]
  auto tok = AutoTokenizer::from_pretrained(folder);
  Encoding e = tok("Once upon a time");                                        // ids, attention_mask, offsets, ...
  std::vector<std::string> pieces = e.tokens(tok);                             // <|bos|> O nce Ġupon Ġa Ġtime
  std::string text = tok.decode(e.ids, {.skip_special_tokens = true});         // "Once upon a time"
  // [/encode]
  BOOST_TEST(pieces == (std::vector<std::string>{"<|bos|>", "O", "nce", "Ġupon", "Ġa", "Ġtime"}),
             boost::test_tools::per_element());
  BOOST_TEST(text == "Once upon a time");

  // [batch]
  const std::array<std::string_view, 2> texts{"Once upon a time", "The fox"};
  std::vector<Encoding> batch = tok(texts, {.truncation = true, .padding = true, .max_length = 5});
  // [/batch]
  BOOST_TEST(batch[0].size() == 5u);
  BOOST_TEST((batch[1].attention_mask == std::vector<std::int32_t>{0, 0, 1, 1, 1}));

  const auto show = [](const std::vector<std::string>& window) {
    BOOST_TEST((window.size() <= 4u && window[0] == "<|bos|>"));
  };
  // [windows]
  Encoding first = tok("Once upon a time", {.return_overflowing_tokens = true, .stride = 1, .max_length = 4});
  for (const Encoding& window : first.overflowing) show(window.tokens(tok));   // the second window, the third, ...
  EncodingRows rows = flatten({first});                                        // all of them, and whose they are
  // [/windows]
  BOOST_TEST(first.size() == 4u);
  BOOST_TEST(rows.rows.size() == first.overflowing.size() + 1);
  BOOST_TEST(first.overflowing.size() == 1u);

  // [stream]
  auto stream = tok.decode_stream({.skip_special_tokens = true});
  std::string joined;
  for (token_id id : e.ids) joined += stream.push(id);                         // whole characters, or nothing yet
  joined += stream.finish();                                                   // what was held back
  // [/stream]
  BOOST_TEST(joined == text);
}

BOOST_AUTO_TEST_CASE(stages_may_be_fixed) {
  const auto tok = AutoTokenizer::from_pretrained(folder);
  const auto mine = TalesTokenizer::from_pretrained(folder);
  BOOST_TEST((mine("The fox's tail").ids == tok("The fox's tail").ids));
  BOOST_TEST((mine("The fox\u2019s tail").ids == tok("The fox's tail").ids));
  BOOST_TEST((mine("The fox\u2019s tail").offsets == tok("The fox's tail").offsets));  // in code points
  using Wrong = BasicTokenizer<NoNormalizer, NoPreTokenizer, Bpe, TemplateProcessing, ByteLevelDecoder>;
  BOOST_TEST(Wrong::try_from_pretrained(folder).error().message() ==
             "tokenizer.json: pre_tokenizer: this tokenizer has no such stage, expected null");
}

BOOST_AUTO_TEST_SUITE_END()
