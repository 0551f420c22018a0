// What transformers' __call__ does beyond one text: words, windows, lengths, padding, tokens added later. The golden
// folders compare it with the reference (tokenizer.cpp); here is what is ours.
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "golden.hpp"

BOOST_AUTO_TEST_SUITE(text_call)

using namespace skald;

namespace {

Tokenizer load(const char* name) {
  return *Tokenizer::try_from_pretrained(std::string(SKALD_TEST_DATA "/tokenizers/") + name);
}

std::string ids(const Encoding& e) {
  std::string all;
  for (const token_id id : e.ids) all.append(all.empty() ? "" : " ").append(std::to_string(id));
  return all;
}

/// One token a letter, special tokens around: "a b" is 9 0 1 8.
Tokenizer letters() {
  std::string vocab;
  for (char c = 'a'; c <= 'h'; ++c) {
    vocab.append("\"").append(1, c).append("\": ").append(std::to_string(c - 'a')).append(", ");
  }
  const auto document = golden::parsed(R"({"pre_tokenizer": {"type": "WhitespaceSplit"},
      "model": {"type": "WordLevel", "unk_token": "[SEP]", "vocab": {)" + vocab + R"("[SEP]": 8, "[CLS]": 9}},
      "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 8], "cls": ["[CLS]", 9]}})");
  return *Tokenizer::try_from_json(document.root(), "tokenizer.json");
}

}  // namespace

BOOST_AUTO_TEST_CASE(windows_of_one_text) {
  const Tokenizer tok = letters();
  const auto windows = [&](Side side, std::int32_t length, std::int32_t stride) {
    const auto e = tok.try_encode("a b c d e f g", {.truncation = true, .truncation_side = side,
                                                    .return_overflowing_tokens = true, .stride = stride,
                                                    .max_length = length});
    if (!e) return e.error().message();
    std::string all = ids(*e);
    for (const Encoding& window : e->overflowing) all.append(" | ").append(ids(window));
    return all;
  };
  BOOST_TEST(windows(Side::right, 5, 0) == "9 0 1 2 8 | 9 3 4 5 8 | 9 6 8");
  BOOST_TEST(windows(Side::right, 6, 2) == "9 0 1 2 3 8 | 9 2 3 4 5 8 | 9 4 5 6 8");
  BOOST_TEST(windows(Side::left, 5, 0) == "9 4 5 6 8 | 9 1 2 3 8 | 9 0 8");
  BOOST_TEST(windows(Side::left, 6, 2) == "9 3 4 5 6 8 | 9 1 2 3 4 8 | 9 0 1 2 8");
  BOOST_TEST(windows(Side::right, 9, 0) == "9 0 1 2 3 4 5 6 8");
  BOOST_TEST(windows(Side::right, 2, 0) == "9 8 | 9 0 1 2 3 4 5 6 8");
  BOOST_TEST(windows(Side::right, 1, 0) == "9 0 1 2 3 4 5 6 8");  // no room for the special tokens: nothing is cut
  BOOST_TEST(windows(Side::right, 5, 3) == "stride must be less than the tokens left of a text: expected 3, found 3");
  BOOST_TEST(windows(Side::right, 5, 4) ==
             "stride is longer than max_length without the special tokens: expected 3, found 4");
  BOOST_TEST(windows(Side::right, 5, -1) == "stride: expected 0, found -1");
  // Only the first window where nobody asked for more.
  const auto e = tok.try_encode("a b c d", {.truncation = true, .stride = 1, .max_length = 4});
  BOOST_TEST(ids(*e) == "9 0 1 8");
  BOOST_TEST(e->overflowing.empty());
}

BOOST_AUTO_TEST_CASE(windows_know_their_places) {
  const Tokenizer tok = letters();
  const EncodeOptions options{.truncation = true, .return_overflowing_tokens = true, .stride = 0, .padding = true,
                              .pad_token_id = 7, .max_length = 4};
  const std::vector<std::string_view> texts = {"a b c d", "e"};
  const EncodingRows flat = flatten(*tok.try_encode_batch(texts, options));
  BOOST_REQUIRE(flat.rows.size() == 3u);
  BOOST_TEST(flat.overflow_to_sample_mapping == (std::vector<std::int32_t>{0, 0, 1}));
  BOOST_TEST(ids(flat.rows[1]) == "9 2 3 8");
  BOOST_TEST(ids(flat.rows[2]) == "9 4 8 7");
  BOOST_TEST(flat.rows[1].attention_mask == (std::vector<std::int32_t>{1, 1, 1, 1}));
  BOOST_TEST(flat.rows[1].word_ids == (std::vector<std::int32_t>{-1, 2, 3, -1}));
  BOOST_TEST(flat.rows[1].sequence_ids() == (std::vector<std::int32_t>{-1, 0, 0, -1}));
  BOOST_TEST((flat.rows[1].offsets[1] == Offset{4, 5}));
  BOOST_TEST(flat.rows[1].tokens(tok)[3] == "[SEP]");
  BOOST_TEST(flat.rows[0].overflowing.empty());
}

BOOST_AUTO_TEST_CASE(windows_of_pairs) {
  const Tokenizer tok = letters();
  const auto encode = [&](TruncationStrategy strategy, std::int32_t length) {
    const auto e = tok.try_encode_pair("a b c", "d e f g", {.truncation = true, .truncation_strategy = strategy,
                                                            .return_overflowing_tokens = true, .max_length = length});
    if (!e) return e.error().message();
    std::string all = ids(*e);
    for (const Encoding& window : e->overflowing) all.append(" | ").append(ids(window));
    return all;
  };
  BOOST_TEST(encode(TruncationStrategy::only_second, 8) == "9 0 1 2 8 3 4 8 | 9 0 1 2 8 5 6 8");
  BOOST_TEST(encode(TruncationStrategy::only_first, 8) == "9 0 8 3 4 5 6 8 | 9 1 8 3 4 5 6 8 | 9 2 8 3 4 5 6 8");
  BOOST_TEST(encode(TruncationStrategy::longest_first, 9) == "9 0 1 2 8 3 4 5 8 | 9 0 1 2 8 6 8");
  // Both are cut: every window of one with every window of the other.
  BOOST_TEST(encode(TruncationStrategy::longest_first, 7) ==
             "9 0 1 8 3 4 8 | 9 2 8 3 4 8 | 9 2 8 5 6 8 | 9 0 1 8 5 6 8");
  BOOST_TEST(encode(TruncationStrategy::only_first, 7) ==
             "tokens to cut off exceed the text to be cut: expected 3, found 3");
}

// transformers has a template where the file has no post-processor; the library alone loses track.
BOOST_AUTO_TEST_CASE(sequences_without_a_post_processor) {
  const auto document = golden::parsed(R"({"model": {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0, "b": 1}},
      "pre_tokenizer": {"type": "Whitespace"}})");
  const EncodeOptions options{.truncation = true, .truncation_strategy = TruncationStrategy::only_second,
                              .return_overflowing_tokens = true, .padding = true, .pad_to_multiple_of = 3,
                              .pad_token_id = 1, .max_length = 3};
  const auto sequences = [&](const TokenizerConfig& config) {
    const auto tok = *Tokenizer::try_from_json(document.root(), "tokenizer.json", config);
    const Encoding one = tok("a", {.padding = true, .pad_to_multiple_of = 2, .pad_token_id = 1});
    const Encoding pair = tok.encode_pair("a a", "b b", options);
    std::vector<std::int32_t> all = one.sequence_ids();
    for (const std::int32_t s : pair.overflowing.at(0).sequence_ids()) all.push_back(s);
    return all;
  };
  const auto empty = golden::parsed("{}");
  BOOST_TEST(sequences(*TokenizerConfig::from_json(empty.root(), "config")) ==
             (std::vector<std::int32_t>{0, -1, 0, 0, 1}));
  BOOST_TEST(sequences({}) == (std::vector<std::int32_t>{0, 0, 0, 0, -1}));
}

BOOST_AUTO_TEST_CASE(texts_in_words) {
  const Tokenizer tok = load("bpe_gpt2");
  const std::vector<std::string_view> words = {"Hello", "", "world"}, other = {"a", "\xFF"};
  const Encoding e = tok.encode_words(words);
  BOOST_TEST(e.word_ids.front() == 0);
  BOOST_TEST(e.word_ids.back() == 2);
  BOOST_TEST((e.offsets.back().end == 5));  // in its word
  BOOST_TEST(e.sequence_ids() == std::vector<std::int32_t>(e.size(), 0));
  BOOST_TEST(tok.try_encode_words(other).error().message() == "word 1: the text to encode is not UTF-8 at byte 0");
  BOOST_TEST(tok.encode_words({}).size() == 0u);
  const Encoding both = tok.encode_words_pair(words, words);
  BOOST_TEST(both.size() == 2 * e.size());
  BOOST_TEST(both.sequence_ids().back() == 1);
  BOOST_TEST(both.word_ids.back() == 2);
  const std::vector<Tokenizer::Words> batch = {words, words};
  BOOST_TEST(tok.encode_words_batch(batch)[1].ids == e.ids);
  const std::vector<Tokenizer::Words> broken = {words, other};
  BOOST_TEST(tok.try_encode_words_batch(broken).error().message() ==
             "text 1: word 1: the text to encode is not UTF-8 at byte 0");
}

BOOST_AUTO_TEST_CASE(batches_of_pairs) {
  const Tokenizer tok = letters();
  const std::vector<std::string_view> first = {"a", "b c"}, second = {"d e", "f"}, one = {"a"};
  const auto batch = tok.encode_pair_batch(first, second);
  BOOST_TEST(ids(batch[0]) == "9 0 8 3 4 8");
  BOOST_TEST(ids(batch[1]) == ids(tok.encode_pair("b c", "f")));
  BOOST_TEST(tok.try_encode_pair_batch(first, one).error().message() ==
             "a batch of texts and one of second texts: expected 2, found 1");
  BOOST_TEST(tok(std::vector<std::string_view>()).empty());
}

// max_length alone cuts, as in Python; said out loud, it does not.
BOOST_AUTO_TEST_CASE(a_length_alone) {
  const Tokenizer tok = letters();
  BOOST_TEST(ids(tok("a b c d", {.max_length = 4})) == "9 0 1 8");
  BOOST_TEST(ids(tok("a b", {.truncation = false, .max_length = 3})) == "9 0 1 8");
  BOOST_TEST(ids(tok("a b", {.padding = true, .pad_token_id = 7, .max_length = 3})) == "9 0 1 8");
  BOOST_TEST(ids(tok("a", {.padding = true, .padding_strategy = PaddingStrategy::max_length, .pad_token_id = 7,
                           .max_length = 5})) == "9 0 8 7 7");
  BOOST_TEST(tok.try_encode("a", {.truncation = true, .padding = true, .pad_to_multiple_of = 4, .pad_token_id = 7,
                                  .max_length = 10}).error().message() ==
             "max_length is no multiple of pad_to_multiple_of: expected 4, found 10");
}

BOOST_AUTO_TEST_CASE(the_tokenizers_own_length) {
  const auto config = golden::parsed(R"({"model_max_length": 4, "pad_token": "h", "truncation_side": "left"})");
  const auto document = golden::parsed(R"({"model": {"type": "WordLevel", "unk_token": "h",
      "vocab": {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "h": 7}}, "pre_tokenizer": {"type": "Whitespace"}})");
  const Tokenizer tok = *Tokenizer::try_from_json(document.root(), "tokenizer.json",
                                                  *TokenizerConfig::from_json(config.root(), "tokenizer_config.json"));
  BOOST_TEST(ids(tok("a b c d e")) == "0 1 2 3 4");
  BOOST_TEST(ids(tok("a b c d e", {.truncation = true})) == "1 2 3 4");
  BOOST_TEST(ids(tok("a", {.padding = true, .padding_strategy = PaddingStrategy::max_length})) == "0 7 7 7");
}

BOOST_AUTO_TEST_CASE(a_pad_token_for_those_who_have_none) {
  Tokenizer tok = load("bpe_gpt2");
  BOOST_TEST(tok.try_encode("a", {.padding = true}).error().message() ==
             "padding needs a pad token: the tokenizer has none, give a pad_token_id (eos_token_id(), say)");
  const std::vector<std::string_view> texts = {"a", "a much longer text"};
  const auto padded = tok(texts, {.padding = true, .pad_token_id = tok.eos_token_id()});
  BOOST_TEST(padded[0].size() == padded[1].size());
  BOOST_TEST(padded[0].ids.back() == *tok.eos_token_id());
  // Or for good, as tokenizer.pad_token = tokenizer.eos_token is in Python.
  const Tokenizer before = tok;
  BOOST_TEST(tok.add_special_tokens({{"pad_token", *tok.config().eos_token}}) == 0u);
  BOOST_TEST(*tok.pad_token_id() == *tok.eos_token_id());
  BOOST_TEST(tok(texts, {.padding = true})[0].ids == padded[0].ids);
  BOOST_TEST(!before.pad_token_id());
}

BOOST_AUTO_TEST_CASE(tokens_added_later) {
  Tokenizer tok = load("bpe_gpt2");
  const Tokenizer before = tok;
  const auto size = token_id(tok.vocab_size());
  BOOST_TEST(tok.add_tokens({"<one>", "Hello", "<one>", ""}) == 2u);  // the last two are not new
  BOOST_TEST(*tok.token_to_id("<one>") == size);
  BOOST_TEST(tok.vocab_size() == std::size_t(size) + (before.token_to_id("Hello") ? 1u : 2u));
  BOOST_TEST(tok.decode(tok("x<one>y").ids) == "x<one>y");
  BOOST_TEST(!tok.is_special(size));
  BOOST_TEST(!before.token_to_id("<one>"));
  BOOST_TEST(tok.add_tokens({"<one>"}) == 0u);
  BOOST_TEST(tok.add_tokens({"<one>"}, true) == 1u);  // it is special now
  BOOST_TEST(tok.is_special(size));
  BOOST_TEST(tok.decode(tok("x<one>y").ids, {.skip_special_tokens = true}) == "xy");
  AddedToken left = AddedToken::from("<mask>", true);
  left.lstrip = true;
  BOOST_TEST(tok.add_tokens(std::vector<AddedToken>{left}) == 1u);
  const Encoding e = tok("x <mask>");
  BOOST_TEST((e.offsets.back() == Offset{1, 8}));
  const token_id mask = *tok.token_to_id("<mask>");
  BOOST_TEST(tok.add_special_tokens({{"cls_token", "<cls>"}, {"mask_token", "<mask>"}}) == 2u);
  BOOST_TEST(*tok.config().cls_token == "<cls>");
  BOOST_TEST(*tok.token_to_id("<mask>") == mask);
  BOOST_TEST(tok("x <mask>").ids.size() == e.ids.size() + 1);  // the space is a token again: lstrip is gone
  BOOST_TEST(tok.try_add_special_tokens({{"padding", "x"}}).error().message() ==
             "padding: no special token has this name");
}

BOOST_AUTO_TEST_CASE(decoding_batches_and_cleaning_up) {
  const Tokenizer tok = letters();
  const std::vector<std::vector<token_id>> batch = {{9, 0, 8}, {1, 2}, {}};
  BOOST_TEST(tok.batch_decode(batch) == (std::vector<std::string>{"[CLS] a [SEP]", "b c", ""}));
  const auto document = golden::parsed(R"({"model": {"type": "WordLevel", "unk_token": "a",
      "vocab": {"a": 0, ".": 1}}})");
  const auto config = golden::parsed(R"({"clean_up_tokenization_spaces": true})");
  const Tokenizer clean = *Tokenizer::try_from_json(document.root(), "tokenizer.json",
                                                    *TokenizerConfig::from_json(config.root(), "config"));
  const std::vector<token_id> text = {0, 1};
  BOOST_TEST(clean.decode(text) == "a.");
  BOOST_TEST(clean.decode(text, {.clean_up_tokenization_spaces = false}) == "a .");
  const auto bpe = golden::parsed(R"({"model": {"type": "BPE", "vocab": {"a": 0, ".": 1}, "merges": []}})");
  const Tokenizer never = *Tokenizer::try_from_json(bpe.root(), "tokenizer.json",
                                                    *TokenizerConfig::from_json(config.root(), "config"));
  BOOST_TEST(never.decode(text, {.clean_up_tokenization_spaces = true}) == "a .");
}

BOOST_AUTO_TEST_SUITE_END()
