// Every tokenizer that has tables says with them what it says with a heap.
#include "skald/text/fixed_tokenizer.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <random>

#include "skald/text/decode_stream.hpp"
#include "skald/text/make_token_tables.hpp"

BOOST_AUTO_TEST_SUITE(text_fixed_tokenizer)

using namespace skald;

namespace {

using Fixed = FixedTokenizer<TokenTables<std::uint32_t, std::uint32_t>>;

std::string folder(const char* name) { return std::string(SKALD_TEST_DATA "/tokenizers/") + name; }

std::vector<token_id> encode(const Fixed& fixed, std::string_view text, bool special = true) {
  std::vector<token_id> ids(text.size() + 8);
  std::size_t n = 0;
  BOOST_REQUIRE(!fixed.encode(text, ids, n, special));
  ids.resize(n);
  return ids;
}

/// Texts of all kinds: words, numbers, spaces, line ends, many scripts, marks, added tokens.
std::string random_text(std::mt19937& random, const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t n = random() % 24; n > 0; --n) {
    if (random() % 3) {
      text += words[random() % words.size()];
    } else {
      char32_t c = char32_t(random() % (random() % 2 ? 0x250 : 0x20000));
      if (c >= 0xD800 && c < 0xE000) c = U'\u4E00';
      detail::append_utf8(text, c);
    }
    if (random() % 2) text += ' ';
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_same_ids_and_the_same_text) {
  for (const char* name : {"bpe_gpt2", "bpe_llama3", "bpe_llama3_ignore_merges", "bpe_o200k", "bpe_tekken",
                           "bpe_bytelevel_noregex"}) {
    const auto made = make_token_tables(folder(name));
    BOOST_REQUIRE_MESSAGE(made, name << ": " << (made ? "" : made.error().what()));
    const auto tables = made->tables();
    const Fixed fixed(tables);
    const auto full = Tokenizer::from_pretrained(folder(name));
    std::vector<std::string> words{"the", "The", "don't", "WE'LL", "3", "12345", "\n", "\r\n", "  ", "\t", "...",
                                   "e\u0301", "\u00A0", "\u2028", "\u4F60\u597D", "\u0E2A\u0E27\u0E31", "\U0001F600",
                                   "--", "_x_"};
    for (const AddedToken& token : full.added_tokens().tokens()) words.push_back(token.content);
    for (token_id t = 0; t < 300; ++t) words.emplace_back(tables.bytes(t % token_id(tables.size())));
    std::erase_if(words, [](const std::string& w) { return detail::valid_utf8_prefix(w) != w.size(); });
    std::mt19937 random(3);
    for (int i = 0; i < 400; ++i) {
      const std::string text = random_text(random, words);
      const std::vector<token_id> expected = full(text).ids;
      BOOST_REQUIRE_MESSAGE(encode(fixed, text) == expected, name << ": \"" << text << "\"");
      EncodeOptions plain;
      plain.add_special_tokens = false;
      BOOST_REQUIRE_MESSAGE(encode(fixed, text, false) == full(text, plain).ids, name << ": \"" << text << "\"");
      // Any ids at all: halves of characters, special tokens, ids that nobody has.
      std::vector<token_id> ids = expected;
      for (int k = 0; k < 6; ++k) ids.push_back(token_id(random() % (tables.size() + 3)));
      for (const bool skip : {true, false}) {
        std::string found;
        Utf8Stream stream;
        const auto write = [&](std::string_view piece) {
          BOOST_REQUIRE(detail::valid_utf8_prefix(piece) == piece.size());
          found += piece;
        };
        for (const token_id t : ids) stream.push(fixed.piece(t, skip), write);
        stream.finish(write);
        DecodeOptions options;
        options.skip_special_tokens = skip;
        options.clean_up_tokenization_spaces = false;
        BOOST_REQUIRE_MESSAGE(found == full.decode(ids, options), name << ": " << found);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(text_that_is_refused) {
  const auto made = make_token_tables(folder("bpe_gpt2"));
  BOOST_REQUIRE(made);
  const auto tables = made->tables();
  const Fixed fixed(tables);
  std::vector<token_id> ids(100);
  std::size_t n = 7;
  std::mt19937 random(5);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes;
    for (std::size_t k = random() % 12; k > 0; --k)
      bytes.push_back(char(random() % 3 ? 'a' + random() % 26 : random()));
    const bool valid = detail::valid_utf8_prefix(bytes) == bytes.size();
    const Fault f = fixed.encode(bytes, ids, n);
    BOOST_REQUIRE(!f == valid);
    if (f) BOOST_REQUIRE_EQUAL(Error(f).message(), "text: no UTF-8 at byte: expected 0, found " +
                                                       std::to_string(detail::valid_utf8_prefix(bytes)));
    BOOST_REQUIRE(valid || n == 0);
  }
  BOOST_TEST(Error(fixed.encode("a longer text", std::span(ids).first(3), n)).message() ==
             "text: room for its tokens while they are merged, at least: expected 4, found 3");
  BOOST_TEST(n == 0u);
  BOOST_TEST(!fixed.encode("", std::span(ids).first(0), n, false));
}

BOOST_AUTO_TEST_CASE(characters_come_whole) {
  std::string text;
  Utf8Stream stream;
  const auto write = [&](std::string_view piece) { text += piece; };
  const std::string smile = "a\U0001F600z";
  for (const char c : smile) {
    stream.push({&c, 1}, write);
    if (text.size() > 1) BOOST_TEST((text == smile.substr(0, 5) || text == smile));
  }
  BOOST_TEST(text == smile);
  stream.push("\xF0\x9F", write);
  BOOST_TEST(text == smile);
  stream.push("b", write);
  BOOST_TEST(text == smile + "\xEF\xBF\xBD" "b");
  stream.push("\xE2\x82", write);
  stream.finish(write);
  BOOST_TEST(text == smile + "\xEF\xBF\xBD" "b\xEF\xBF\xBD");
}

BOOST_AUTO_TEST_CASE(tokenizers_that_need_a_heap) {
  const auto refused = [](const char* name) {
    const auto made = make_token_tables(folder(name));
    return made ? std::string("made") : std::string(made.error().what());
  };
  const std::string end = ": a tokenizer without a heap has none. See docs/firmware.md";
  BOOST_TEST(refused("bpe_qwen2") == "tokenizer.json: normalizer: expected null, found NFC" + end);
  BOOST_TEST(refused("bpe_roberta_prefix") ==
             "tokenizer.json: pre_tokenizer.add_prefix_space: expected false, found true" + end);
  BOOST_TEST(refused("class_bert").starts_with("tokenizer.json: normalizer"));
  BOOST_TEST(refused("bpe_metaspace_always_split").starts_with("tokenizer.json: decoder: expected ByteLevel"));
}

BOOST_AUTO_TEST_SUITE_END()
