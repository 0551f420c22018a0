#include "skald/text/tokenizer_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "conversion/proto.hpp"
#include "skald/text/tokenizer.hpp"

BOOST_AUTO_TEST_SUITE(text_tokenizer_folder)

using namespace skald;
namespace fs = std::filesystem;

namespace {

/// A folder of its own that goes away with the test.
struct Folder {
  Folder() : path(fs::temp_directory_path() / ("skald_tokenizer_folder_" + std::to_string(::getpid()))) {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
  }
  Result<Tokenizer> load() const { return Tokenizer::try_from_pretrained(path); }
  std::string error() const {
    const auto loaded = load();
    return loaded ? "no error" : loaded.error().message();
  }
  /// The ids of a text, or what is wrong.
  std::string ids(std::string_view text) const {
    const auto loaded = load();
    if (!loaded) return loaded.error().message();
    const auto encoded = loaded->try_encode(text);
    if (!encoded) return encoded.error().message();
    std::string all;
    for (const token_id id : encoded->ids) all.append(std::to_string(id)).append(" ");
    return all;
  }

  fs::path path;
};

const std::string bpe = R"({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "<s>": 3, "\u2581": 4},
    "merges": ["a b"], "unk_token": "a", "ignore_merges": true}, "normalizer": {"type": "Lowercase"})";

}  // namespace

BOOST_AUTO_TEST_CASE(classes_keep_vocabulary_and_added_tokens_only) {
  const Folder folder;
  folder.write("tokenizer.json", bpe + "}");
  BOOST_TEST(folder.ids("AB x") == "2 0 0 ");  // as it is: lower case, and "a" for what is unknown
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "LlamaTokenizer"})");
  BOOST_TEST(folder.ids("ab") == "4 2 ");      // no normalizer, a prefix, no unknown token
  BOOST_TEST(folder.ids("AB") == "4 ");
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "LlamaTokenizerFast", "add_prefix_space": false})");
  BOOST_TEST(folder.ids("ab") == "2 ");
  BOOST_TEST((folder.load()->config().padding_side == Side::left));
}

BOOST_AUTO_TEST_CASE(llama_prefixes_where_the_text_begins_or_everywhere) {
  const Folder folder;
  folder.write("tokenizer.json", bpe + R"(, "added_tokens": [{"id": 3, "content": "<s>", "single_word": false,
      "lstrip": false, "rstrip": false, "normalized": false, "special": true}]})");
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "LlamaTokenizer"})");
  BOOST_TEST(folder.ids("a<s>a") == "4 0 3 0 ");
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "LlamaTokenizer", "legacy": true})");
  BOOST_TEST(folder.ids("a<s>a") == "4 0 3 4 0 ");
  // With added_tokens_decoder the file's own list does not count; named tokens do.
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "LlamaTokenizer", "bos_token": "<b>",
      "added_tokens_decoder": {"5": {"content": "<n>"}}})");
  BOOST_TEST(folder.ids("<s>") == "4 ");
  BOOST_TEST(folder.ids("a<n><b>a") == "4 0 5 6 0 ");
}

BOOST_AUTO_TEST_CASE(special_tokens_outside_the_vocabulary_get_the_next_ids) {
  const Folder folder;
  folder.write("vocab.txt", "a\nb\n[UNK]\n##b\n");
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", "pad_token": null})");
  // [SEP] and [CLS] in the order of transformers: unk, sep, pad, cls.
  BOOST_TEST(folder.ids("ab c") == "5 0 3 2 4 ");
  BOOST_TEST(*folder.load()->token_to_id("[MASK]") == 6);
}

BOOST_AUTO_TEST_CASE(bert_reads_how_to_normalize) {
  const Folder folder;
  folder.write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\na\nA\n\u00e1\n\u4e00\n");
  const auto with = [&](const std::string& options) {
    folder.write("tokenizer_config.json", "{\"tokenizer_class\": \"BertTokenizer\"" + options + "}");
    return folder.ids("A\u4e00 \u00e1");
  };
  BOOST_TEST(with("") == "1 3 6 3 2 ");
  BOOST_TEST(with(R"(, "strip_accents": false)") == "1 3 6 5 2 ");
  BOOST_TEST(with(R"(, "do_lower_case": false)") == "1 4 6 5 2 ");
  BOOST_TEST(with(R"(, "do_lower_case": false, "tokenize_chinese_chars": false)") == "1 0 5 2 ");
}

BOOST_AUTO_TEST_CASE(bos_and_eos_of_older_folders) {
  const Folder folder;
  folder.write("vocab.json", R"({"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3, "\u0120": 4})");
  folder.write("merges.txt", "#version: 0.2\na b\n");
  const auto with = [&](const std::string& options) {
    folder.write("tokenizer_config.json", "{\"tokenizer_class\": \"GPT2Tokenizer\"" + options + "}");
    return folder.ids("ab");
  };
  BOOST_TEST(with("") == "2 ");
  BOOST_TEST(with(R"(, "add_bos_token": true)") == "3 2 ");
  BOOST_TEST(with(R"(, "add_bos_token": true, "add_eos_token": true)") == "3 2 3 ");
  BOOST_TEST(with(R"(, "add_bos_token": true, "bos_token": null)") == "2 ");
  BOOST_TEST(with(R"(, "add_prefix_space": true)") == "4 2 ");
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "GPT2Tokenizer", "add_bos_token": true})");
  const auto pair = folder.load()->try_encode_pair("a", "b");
  BOOST_TEST((pair->ids == std::vector<token_id>{3, 0, 3, 1}));
  BOOST_TEST((pair->type_ids == std::vector<std::int32_t>{0, 0, 1, 1}));
  // Where there is a tokenizer.json, its post-processor decides.
  folder.write("tokenizer.json", R"({"model": {"vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}})");
  BOOST_TEST(folder.ids("ab") == "2 ");
}

BOOST_AUTO_TEST_CASE(older_files_of_special_and_added_tokens) {
  const Folder folder;
  folder.write("vocab.json", R"({"a": 0, "b": 1, "<|endoftext|>": 2})");
  folder.write("merges.txt", "");
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "GPT2Tokenizer", "bos_token": "<x>"})");
  folder.write("special_tokens_map.json", R"({"bos_token": "<s>", "pad_token": {"content": "<p>", "lstrip": true}})");
  folder.write("added_tokens.json", R"({"<p>": 5, "plain": 4, "<s>": 3})");
  const auto tok = folder.load();
  BOOST_REQUIRE_MESSAGE(tok.has_value(), (tok ? "" : tok.error().message()));
  BOOST_TEST(*tok->bos_token_id() == 3);
  BOOST_TEST(*tok->token_to_id("plain") == 4);
  BOOST_TEST(*tok->pad_token_id() == 5);
  BOOST_TEST(tok->is_special(3));
  BOOST_TEST(!tok->is_special(4));
  BOOST_TEST(folder.ids("aplain<s>b") == "0 4 3 1 ");
  folder.write("added_tokens.json", R"({"<p>": "x"})");
  BOOST_TEST(folder.error() ==
             "added_tokens.json: <p>: expected an integer from 0 to 2147483647, found \"x\"");
  folder.write("special_tokens_map.json", R"({"bos_token": 7})");
  BOOST_TEST(folder.error() == "special_tokens_map.json: bos_token: expected an object, found 7");
  // Newer folders have all that in tokenizer_config.json.
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "GPT2Tokenizer", "added_tokens_decoder": {}})");
  BOOST_TEST(folder.error() == "no error");
}

BOOST_AUTO_TEST_CASE(sentence_piece_models_by_class) {
  const Folder folder;
  std::string model = proto::piece("<unk>", 0, 2) + proto::piece("</s>", 0, 3) + proto::piece("<pad>", 0, 3);
  for (const char* const piece : {"\u2581", "a", "b", "\u2581a"}) model += proto::piece(piece, -1);
  folder.write("spiece.model", model);
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "T5Tokenizer", "extra_ids": 2})");
  BOOST_TEST(folder.ids("a b <extra_id_0>") == "6 3 5 8 1 ");
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "T5Tokenizer", "extra_ids": 100001})");
  BOOST_TEST(folder.error() == "tokenizer_config.json: extra_ids: expected at most 100000, found 100001");
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "LlamaTokenizer"})");
  BOOST_TEST(folder.error() ==
             folder.path.string() + ": no tokenizer.json, and not what LlamaTokenizer is made from instead: "
                                    "tokenizer.model");
  folder.write("tokenizer.model", model);
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "LlamaTokenizer", "add_bos_token": true})");
  BOOST_TEST(folder.ids("a b") == "7 6 3 5 ");  // <s> is not in this model: it is the next id
  folder.write("tokenizer_config.json", "{}");
  BOOST_TEST(folder.ids("a b") == "4 3 5 ");
  folder.write("tokenizer.model", "\x0A");
  BOOST_TEST(folder.error() == "tokenizer.model: byte 1: a number without an end");
}

BOOST_AUTO_TEST_SUITE_END()
