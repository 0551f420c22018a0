#include "skald/text/models/bpe.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "../components.hpp"

BOOST_AUTO_TEST_SUITE(text_models_bpe)

using namespace skald;

namespace {

Result<Bpe> make(std::string_view json) {
  const auto document = golden::parsed(json);
  JsonFields fields(document.root(), "tokenizer.json: model");
  Bpe bpe;
  bpe.read(fields);
  return fields.finish(std::move(bpe));
}

std::string error_of(std::string_view json) {
  const auto made = make(json);
  return made ? "no error" : made.error().message();
}

std::string ids(const Bpe& bpe, std::string_view text, bool byte_level = false) {
  Bpe::Scratch scratch;
  std::vector<Token> tokens;
  const Fault f = bpe.tokenize({text, byte_level}, scratch, tokens);
  if (f) return Error(f).message();
  std::string all;
  for (const Token& token : tokens) {
    all.append(std::to_string(token.id)).append(":").append(std::to_string(token.size)).append(" ");
  }
  return all;
}

/// The definition: merge the leftmost pair of the lowest rank until none is left.
std::vector<Token> merged_by_definition(const detail::MergeTable& merges, std::vector<Token> tokens) {
  for (;;) {
    std::size_t best = tokens.size();
    detail::MergeTable::Merge lowest;
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
      const auto merge = merges.find(tokens[i].id, tokens[i + 1].id);
      if (merge.rank < lowest.rank) {
        lowest = merge;
        best = i;
      }
    }
    if (best == tokens.size()) return tokens;
    tokens[best] = {lowest.result, tokens[best].size + tokens[best + 1].size};
    tokens.erase(tokens.begin() + std::ptrdiff_t(best) + 1);
  }
}

}  // namespace

// Random merges over few ids, so that chains, ties and merges of a lower rank than the one before all come up.
BOOST_AUTO_TEST_CASE(both_merge_loops_do_what_the_definition_says) {
  std::uint32_t seed = 7;
  const auto random = [&](std::uint32_t n) {
    seed = seed * 1664525 + 1013904223;
    return (seed >> 10) % n;
  };
  for (int round = 0; round < 300; ++round) {
    detail::MergeTable merges;
    std::vector<detail::MergeTable::Entry> entries;
    for (std::uint32_t rank = 0; rank < 5 + random(35); ++rank) {
      entries.push_back({token_id(random(8)), token_id(random(8)), {rank, token_id(random(10))}});
    }
    merges.insert(entries);
    for (const std::size_t n : {1, 2, 3, 10, 63, 64, 65, 66, 200}) {
      std::vector<Token> tokens(n);
      for (Token& token : tokens) token = {token_id(random(8)), 1 + random(3)};
      const std::vector<Token> expected = merged_by_definition(merges, tokens);
      detail::Merger merger;
      merger.run(merges, tokens);
      BOOST_TEST((tokens == expected), "round " << round << " size " << n);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_million_characters_are_no_trouble) {
  const auto bpe = make(R"({"vocab": {"a": 0, "aa": 1, "aaaa": 2}, "merges": ["a a", "aa aa"]})");
  BOOST_REQUIRE(bpe.has_value());
  Bpe::Scratch scratch;
  std::vector<Token> tokens;
  BOOST_TEST(!bpe->tokenize({std::string(1000000, 'a')}, scratch, tokens));
  BOOST_TEST(tokens.size() == 250000u);
}

// With U+2581 in the vocabulary long pieces are cut where no token goes on; the result must be the same. What is no
// token becomes unk_token, bytes that stay bytes, or bytes that merge.
BOOST_AUTO_TEST_CASE(cutting_long_pieces_changes_nothing) {
  std::string vocabulary =
      R"("a": 0, "b": 1, "c": 2, "ab": 3, "ca": 4, "bab": 5, "aba": 6, "\u00e9": 7, "\u00e9a": 8, "b\u00e9": 9)";
  const std::string merges = R"("b ab", "ab a", "a b", "c a", "\u00e9 a", "b \u00e9")";
  const auto compare = [&](const std::string& options, const std::string& more_merges) {
    const std::string rest = "}, \"merges\": [" + merges + more_merges + "], " + options + "}";
    const auto whole = make("{\"vocab\": {" + vocabulary + rest);
    const auto cut = make("{\"vocab\": {" + vocabulary + ", \"\\u2581\": 10" + rest);
    BOOST_REQUIRE((whole && cut));
    const std::vector<std::string> parts = {"a", "b", "c", "\u00e9", "x", "\u4e00"};
    std::uint32_t seed = 3;
    for (int round = 0; round < 2000; ++round) {
      std::string text;
      for (int i = 0; i < round % 40; ++i) {
        seed = seed * 1664525 + 1013904223;
        text += parts[(seed >> 10) % parts.size()];
      }
      BOOST_TEST(ids(*cut, text) == ids(*whole, text), options << " " << text);
    }
  };
  compare(R"("unk_token": "a", "fuse_unk": true)", "");
  for (int b = 0; b < 256; ++b) {
    char name[16];
    std::snprintf(name, sizeof name, "<0x%02X>", unsigned(b));
    vocabulary.append(", \"").append(name).append("\": ").append(std::to_string(20 + b));
  }
  compare(R"("byte_fallback": true)", "");
  vocabulary += R"(, "<0x78>a": 300, "c<0x78>": 301, "<0xB8><0x80>": 302)";
  compare(R"("byte_fallback": true)", R"(, "<0x78> a", "c <0x78>", "<0xB8> <0x80>")");
}

BOOST_AUTO_TEST_CASE(words_seen_before_give_the_same_again) {
  const auto bpe = make(R"({"vocab": {"a": 0, "b": 1, "ab": 2, "\u0120": 3}, "merges": [["a", "b"]]})");
  Bpe::Scratch scratch;
  for (int round = 0; round < 3; ++round) {
    for (const std::string word : {"a", "ab", "abababab", "aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "bbbbbbbbb", " "}) {
      for (const bool byte_level : {false, true}) {
        std::vector<Token> tokens, fresh;
        Bpe::Scratch other;
        BOOST_TEST(!bpe->tokenize({word, byte_level}, scratch, tokens));
        BOOST_TEST(!bpe->tokenize({word, byte_level}, other, fresh));
        BOOST_TEST((tokens == fresh), word);
      }
    }
  }
  BOOST_TEST(ids(*bpe, " ", true) == "3:1 ");
  BOOST_TEST(ids(*bpe, " ", false) == "");
}

BOOST_AUTO_TEST_CASE(the_cache_keeps_words_apart) {
  detail::WordCache cache;
  std::map<std::string, token_id> words;
  std::string word;
  for (int i = 0; i < 40000; ++i) {
    word = std::to_string(i * 7919);
    words[word] = i;
    cache.insert({word, false}, {{i, std::uint32_t(word.size())}});
  }
  int found = 0;
  for (const auto& [text, id] : words) {
    std::vector<Token> tokens;
    if (!cache.find({text, false}, tokens)) continue;
    ++found;
    BOOST_TEST((tokens == std::vector<Token>{{id, std::uint32_t(text.size())}}));
  }
  BOOST_TEST(found > 1000);
  std::vector<Token> tokens;
  BOOST_TEST(!cache.find({word, true}, tokens));
}

BOOST_AUTO_TEST_CASE(characters_without_a_token) {
  const std::string base = R"({"vocab": {"a": 0, "?": 1, "<0xC3>": 2, "<0xA9>": 3}, "merges": [], )";
  BOOST_TEST(ids(*make(base + R"("unk_token": null})"), "a\u00e9xa") == "0:1 0:1 ");
  BOOST_TEST(ids(*make(base + R"("unk_token": "?"})"), "a\u00e9xa") == "0:1 1:2 1:1 0:1 ");
  BOOST_TEST(ids(*make(base + R"("unk_token": "?", "fuse_unk": true})"), "a\u00e9xa") == "0:1 1:3 0:1 ");
  BOOST_TEST(ids(*make(base + R"("unk_token": "?", "byte_fallback": true})"), "a\u00e9xa") == "0:1 2:1 3:1 1:1 0:1 ");
  BOOST_TEST(ids(*make(base + R"("unk_token": "!"})"), "ax") == "model.unk_token is not in the vocabulary");
  BOOST_TEST(ids(*make(base + R"("unk_token": "!"})"), "aa") == "0:1 0:1 ");
}

BOOST_AUTO_TEST_CASE(prefix_suffix_and_whole_words) {
  const std::string json = R"({"vocab": {"a": 0, "##b": 1, "##c</w>": 2, "ab": 3, "abc</w>": 4, "a</w>": 5, "abc": 6},
      "merges": ["a ##b", "ab ##c</w>"], "continuing_subword_prefix": "##", "end_of_word_suffix": "</w>")";
  BOOST_TEST(ids(*make(json + "}"), "abc") == "4:3 ");
  BOOST_TEST(ids(*make(json + "}"), "a") == "5:1 ");
  BOOST_TEST(ids(*make(json + R"(, "ignore_merges": true})"), "abc") == "6:3 ");
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
  const std::string at = "tokenizer.json: model";
  BOOST_TEST(error_of(R"({"merges": []})") == at + ".vocab: expected an object, found nothing");
  BOOST_TEST(error_of(R"({"vocab": {}})") == at + ".merges: expected an array, found nothing");
  BOOST_TEST(error_of(R"({"vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"], ["a", "z"]]})") ==
             at + ".merges[1]: \"z\" is not in the vocabulary");
  BOOST_TEST(error_of(R"({"vocab": {"a": 0, "b": 1}, "merges": ["a b"]})") ==
             at + ".merges[0]: \"ab\" is not in the vocabulary");
  BOOST_TEST(error_of(R"({"vocab": {"a": 0}, "merges": ["a b c"]})") ==
             at + ".merges[0]: expected two tokens with a space between them, found \"a b c\"");
  BOOST_TEST(error_of(R"({"vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b", ["a", "b"]]})") ==
             at + ".merges[1]: expected two tokens with a space between them, found array");
  BOOST_TEST(error_of(R"({"vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"], "a b"]})") ==
             at + ".merges[1]: expected an array of two strings, found \"a b\"");
  BOOST_TEST(error_of(R"({"vocab": {"a": 3.0}, "merges": []})") ==
             at + ".vocab.a: expected an integer from 0 to 2147483647, found number");
  BOOST_TEST(error_of(R"({"vocab": {"a": -3}, "merges": []})") ==
             at + ".vocab.a: expected an integer from 0 to 2147483647, found -3");
  BOOST_TEST(error_of(R"({"vocab": {"a": 2000000000}, "merges": []})") ==
             at + ".vocab: expected ids of at most 65552 for 1 tokens, found 2000000000");
  BOOST_TEST(error_of(R"({"vocab": {}, "merges": [], "dropout": 0.1})") ==
             at + ".dropout: encoding is deterministic, expected 0");
  BOOST_TEST(error_of(R"({"vocab": {}, "merges": [], "dropout": 1.5})") ==
             at + ".dropout: expected a number from 0 to 1, found number");
  BOOST_TEST(error_of(R"({"vocab": {}, "merges": [], "dropout": 0.0})") == "no error");
  BOOST_TEST(error_of(R"({"vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["#version: 0.2", "a b"]})") == "no error");
}

BOOST_AUTO_TEST_CASE(vocabularies_with_oddities) {
  const auto twice = make(R"({"vocab": {"a": 0, "b": 7, "a": 4}, "merges": []})");
  BOOST_TEST(twice->vocab_size() == 2u);
  BOOST_TEST(*twice->token_to_id("a") == 4);
  BOOST_TEST(!twice->id_to_token(0));
  BOOST_TEST(!twice->id_to_token(-1));
  BOOST_TEST(!twice->id_to_token(1000));
  BOOST_TEST(*twice->id_to_token(7) == "b");
  BOOST_TEST(!twice->token_to_id("c"));
  const auto shared = make(R"({"vocab": {"a": 0, "b": 1, "ab": 2, "c": 2, "\u2581": 3}, "merges": [["a", "b"]]})");
  BOOST_TEST(ids(*shared, "abcab") == "2:2 2:1 2:2 ");
}

BOOST_AUTO_TEST_SUITE_END()
