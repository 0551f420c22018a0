#include "skald/text/tokenizer.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "golden_check.hpp"

BOOST_AUTO_TEST_SUITE(text_tokenizer)

using namespace skald;
namespace fs = std::filesystem;

namespace {

const fs::path golden_folder = SKALD_TEST_DATA "/tokenizers";

Tokenizer load(const char* name) { return *Tokenizer::try_from_pretrained(golden_folder / name); }

/// A folder of its own that goes away with the test.
struct TemporaryFolder {
  TemporaryFolder() : path(fs::temp_directory_path() / ("skald_tokenizer_" + std::to_string(::getpid()))) {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~TemporaryFolder() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path / name) << text; }
  void copy(const fs::path& from) const { fs::copy(from, path, fs::copy_options::overwrite_existing); }

  fs::path path;
};

std::string error_of(std::string_view json) {
  const auto document = golden::parsed(json);
  const auto made = Tokenizer::try_from_json(document.root(), "tokenizer.json");
  return made ? "no error" : made.error().message();
}

const std::string tiny = R"("model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]})";

}  // namespace

BOOST_AUTO_TEST_CASE(every_golden_folder_is_exact) {
  const auto texts = golden::document("texts.json");
  int folders = 0, compared = 0;
  for (const auto& entry : fs::directory_iterator(golden_folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory() || name.starts_with("class_") || name.starts_with("files_")) continue;
    BOOST_TEST_CONTEXT(name) {
      const auto expected = golden::document(name + "/expected.json");
      const auto tokenizer = Tokenizer::try_from_file(entry.path() / "tokenizer.json");
      BOOST_REQUIRE_MESSAGE(tokenizer.has_value(), (tokenizer ? "" : tokenizer.error().message()));
      const auto report = [](const auto& what) { BOOST_ERROR(what); };
      int n = golden::Folder(*tokenizer, expected.root(), texts.root(), report).run();
      const auto pretrained = Tokenizer::try_from_pretrained(entry.path());
      BOOST_REQUIRE_MESSAGE(pretrained.has_value(), (pretrained ? "" : pretrained.error().message()));
      n += golden::Folder(*pretrained, expected.root(), texts.root(), report).run_calls();
      BOOST_TEST(n > (name.starts_with("file_") ? 500 : name.ends_with("_no_unk") ? 15 : 1000));
      BOOST_TEST_MESSAGE(name << ": " << n << " comparisons");
      compared += n;
      ++folders;
    }
  }
  BOOST_TEST(folders == 48);
  BOOST_TEST(compared > 150000);
}

BOOST_AUTO_TEST_CASE(classes_of_transformers_are_exact) {
  const auto texts = golden::document("texts.json");
  int folders = 0;
  for (const auto& entry : fs::directory_iterator(golden_folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("class_") && !name.starts_with("files_")) continue;
    BOOST_TEST_CONTEXT(name) {
      const auto expected = golden::document(name + "/expected.json");
      const TemporaryFolder folder;
      if (const auto other = expected.root().find("tokenizer")) {
        folder.copy(golden_folder / std::string(*other->string()) / "tokenizer.json");
      }
      for (const auto& file : fs::directory_iterator(entry.path())) folder.copy(file.path());
      const auto tokenizer = Tokenizer::try_from_pretrained(folder.path);
      BOOST_REQUIRE_MESSAGE(tokenizer.has_value(), (tokenizer ? "" : tokenizer.error().message()));
      golden::Folder check(*tokenizer, expected.root(), texts.root(), [](const auto& what) { BOOST_ERROR(what); });
      BOOST_TEST(check.run_class() > 100);
      ++folders;
    }
  }
  BOOST_TEST(folders == 31);
}

// Whole files, well and badly formed.
BOOST_AUTO_TEST_CASE(files_load_or_fail_as_the_reference_does) {
  const golden::Check check;
  golden::Components(SKALD_TEST_DATA "/tokenizers").files(std::ref(check));
  BOOST_TEST(check.cases == 86);
}

BOOST_AUTO_TEST_CASE(mistakes_in_files_are_named) {
  BOOST_TEST(error_of("{}") == "tokenizer.json: model: expected an object, found nothing");
  BOOST_TEST(error_of("[]") == "tokenizer.json: expected an object, found array");
  BOOST_TEST(error_of("{" + tiny + R"(, "foo": 1})") == "tokenizer.json: foo: unknown member");
  BOOST_TEST(error_of("{" + tiny + R"(, "version": "2.0"})") ==
             "tokenizer.json: version: expected \"1.0\", found \"2.0\"");
  BOOST_TEST(error_of("{" + tiny + R"(, "normalizer": {"type": "Unheard"}})") ==
             "tokenizer.json: normalizer.type: \"Unheard\" is not supported yet");
  BOOST_TEST(error_of("{" + tiny + R"(, "added_tokens": [{"id": 4, "content": "x"}]})") ==
             "tokenizer.json: added_tokens[0].single_word: expected a boolean, found nothing");
  BOOST_TEST(error_of("{" + tiny + R"(, "added_tokens": {}})") ==
             "tokenizer.json: added_tokens: expected an array, found object");
  BOOST_TEST(error_of("{" + tiny + R"(, "truncation": {"max_length": 3, "strategy": "LongestFirst"}})") ==
             "tokenizer.json: truncation.stride: expected an integer from 0 to 2147483647, found nothing");
  BOOST_TEST(error_of("{" + tiny + R"(, "padding": {"strategy": 1, "direction": "Left", "pad_id": 0, "pad_type_id": 0,
             "pad_token": "x"}})") ==
             "tokenizer.json: padding.strategy: expected \"BatchLongest\" or {\"Fixed\": length}, found 1");
}

BOOST_AUTO_TEST_CASE(folders_without_what_is_needed) {
  const TemporaryFolder folder;
  const auto error = [&] { return Tokenizer::try_from_pretrained(folder.path).error(); };
  BOOST_TEST(error().message() == folder.path.string() + ": no tokenizer.json");
  BOOST_TEST((error().code() == FaultCode::not_found));
  folder.write("vocab.json", R"({"a": 0, "b": 1, "ab": 2})");
  folder.write("merges.txt", "#version: 0.2\na b\n");
  BOOST_TEST(error().message() == folder.path.string() + ": no tokenizer.json; vocab.json and merges.txt need a "
                                  "\"tokenizer_class\" in tokenizer_config.json that says what they are");
  BOOST_TEST((error().code() == FaultCode::unsupported));
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "AlbertTokenizer"})");
  BOOST_TEST(error().message().starts_with(folder.path.string() + ": no tokenizer.json; vocab.json and merges.txt of "
                                                                  "the class AlbertTokenizer cannot be read yet: "));
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer"})");
  BOOST_TEST(error().message() == folder.path.string() + ": no tokenizer.json, and not what BertTokenizer is made from "
                                                         "instead: vocab.txt");
  folder.write("tokenizer_config.json", "{}");
  folder.write("tokenizer.json", "{");
  BOOST_TEST((error().code() == FaultCode::malformed));
  folder.write("tokenizer.json", "{" + tiny + "}");
  BOOST_TEST(Tokenizer::try_from_pretrained(folder.path).has_value());
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "T5Tokenizer"})");
  BOOST_TEST(error().message() == "tokenizer.json: model.vocab: expected an array, found object");
  folder.write("tokenizer_config.json", R"({"padding_side": 1})");
  BOOST_TEST(error().message() == "tokenizer_config.json: padding_side: expected a string, found 1");
  BOOST_CHECK_THROW(Tokenizer::from_pretrained(folder.path), Error);
  BOOST_CHECK_THROW(Tokenizer::from_file(folder.path / "none.json"), Error);
}

BOOST_AUTO_TEST_CASE(named_tokens) {
  const Tokenizer tok = load("bpe_llama3");
  BOOST_TEST(tok.bos_token_id().has_value());
  BOOST_TEST(tok.eos_token_id().has_value());
  BOOST_TEST(*tok.token_to_id("<|eot_id|>") == 4);
  BOOST_TEST(*tok.id_to_token(4) == "<|eot_id|>");
  BOOST_TEST(tok.is_special(4));
  BOOST_TEST(!tok.id_to_token(123456));
  BOOST_TEST(!tok.token_to_id("no such token"));
  BOOST_TEST(!load("bpe_gpt2").pad_token_id());
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_is_refused_at_its_byte) {
  const Tokenizer tok = load("bpe_gpt2");
  const auto encoded = tok.try_encode("caf\xC3");
  BOOST_REQUIRE(!encoded);
  BOOST_TEST(encoded.error().message() == "the text to encode is not UTF-8 at byte 3");
  BOOST_TEST((encoded.error().code() == FaultCode::malformed));
  const std::vector<std::string_view> texts = {"good", "b\xFF"};
  BOOST_TEST(tok.try_encode_batch(texts).error().message() == "text 1: the text to encode is not UTF-8 at byte 1");
  BOOST_CHECK_THROW(tok("\x80"), Error);
}

BOOST_AUTO_TEST_CASE(batches_are_padded_and_cut) {
  const Tokenizer tok = load("bpe_llama3");
  const std::vector<std::string_view> texts = {"a", "", "a much longer text"};
  const auto lengths = [&](const EncodeOptions& options) {
    const auto batch = tok.try_encode_batch(texts, options);
    std::string all;
    if (!batch) return batch.error().message();
    for (const Encoding& e : *batch) {
      BOOST_TEST((e.attention_mask.size() == e.size() && e.special_tokens_mask.size() == e.size() &&
                  e.type_ids.size() == e.size() && e.word_ids.size() == e.size() && e.offsets.size() == e.size()));
      all += std::to_string(e.size()) + " ";
    }
    return all;
  };
  const std::size_t longest = tok.try_encode(texts[2])->size();
  BOOST_TEST(lengths({}) == "2 1 " + std::to_string(longest) + " ");
  BOOST_TEST(lengths({.truncation = true, .padding = true, .pad_token_id = 5, .max_length = 4}) == "4 4 4 ");
  BOOST_TEST(lengths({.padding = true, .pad_to_multiple_of = 64, .pad_token_id = 5}) == "64 64 64 ");
  BOOST_TEST(lengths({.padding = true, .padding_strategy = PaddingStrategy::max_length, .pad_token_id = 5,
                      .max_length = 20}) == "20 20 20 ");
  // Where not even the special tokens find room, the original cuts nothing.
  BOOST_TEST(lengths({.truncation = true, .max_length = 0}) == lengths({}));
  BOOST_TEST(lengths({.truncation = true, .max_length = -1}) == "max_length: expected 0, found -1");
  BOOST_TEST(lengths({.padding = true, .pad_to_multiple_of = -1, .pad_token_id = 5}) ==
             "pad_to_multiple_of: expected 0, found -1");
  BOOST_TEST(lengths({.truncation = true, .truncation_strategy = TruncationStrategy::only_second, .max_length = 2}) ==
             "text 2: TruncationStrategy::only_second needs a second text");
  const Tokenizer gpt2 = load("bpe_gpt2");
  BOOST_TEST(gpt2.try_encode("a", {.padding = true}).error().message() ==
             "padding needs a pad token: the tokenizer has none, give a pad_token_id (eos_token_id(), say)");
  const auto left = *tok.try_encode("ab", {.padding = true, .padding_strategy = PaddingStrategy::max_length,
                                           .padding_side = Side::left, .pad_token_id = 5, .max_length = 5});
  BOOST_TEST(left.ids[0] == 5);
  BOOST_TEST(left.attention_mask[0] == 0);
  BOOST_TEST(left.special_tokens_mask[0] == 1);
  BOOST_TEST(left.word_ids[0] == -1);
  BOOST_TEST(left.sequence_ids()[0] == -1);
  BOOST_TEST(left.sequence_ids()[4] == 0);
}

BOOST_AUTO_TEST_CASE(nothing_known_about_lengths) {
  const auto document = golden::parsed("{" + tiny + "}");
  const Tokenizer tok = *Tokenizer::try_from_json(document.root(), "tokenizer.json");
  BOOST_TEST(tok.try_encode("ab ab", {.truncation = true})->size() == 2u);  // nothing to cut it to
  BOOST_TEST(tok.try_encode("ab", {.padding = true, .padding_strategy = PaddingStrategy::max_length})->size() == 1u);
  BOOST_TEST(tok.try_encode("")->size() == 0u);
  BOOST_TEST(*tok.try_decode(std::vector<token_id>{2, -5, 77, 0}) == "ab a");
}

// One object, four threads, no locks: each gets what one thread alone gets.
BOOST_AUTO_TEST_CASE(threads_share_a_tokenizer) {
  const auto document = golden::document("texts.json");
  const Json texts = *document.root().find("texts");
  for (const char* const name : {"bpe_llama3", "bpe_llama2"}) {
    const Tokenizer tok = load(name);
    std::vector<Encoding> expected;
    for (std::size_t i = 0; i < texts.size(); ++i) expected.push_back(*tok.try_encode(*texts[i].string()));
    std::vector<int> wrong(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t n = 0; n < 4 * texts.size(); ++n) {
          const std::size_t i = (n * (2 * t + 1) + t) % texts.size();
          const auto got = tok.try_encode(*texts[i].string());
          wrong[t] += !got || got->ids != expected[i].ids || got->offsets != expected[i].offsets;
          wrong[t] += *tok.try_decode(got->ids) != *tok.try_decode(expected[i].ids);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    BOOST_TEST(wrong == std::vector<int>(4));
  }
}

// The stages fixed at compile time: the same ids, and files of another kind are refused.
BOOST_AUTO_TEST_CASE(a_tokenizer_of_fixed_stages) {
  using Gpt2 = BasicTokenizer<NoNormalizer, ByteLevelPreTokenizer, Bpe, ByteLevelProcessing, ByteLevelDecoder>;
  const auto fixed = Gpt2::try_from_file(golden_folder / "bpe_gpt2/tokenizer.json");
  BOOST_REQUIRE_MESSAGE(fixed.has_value(), (fixed ? "" : fixed.error().message()));
  const Tokenizer any = load("bpe_gpt2");
  const auto document = golden::document("texts.json");
  const Json texts = *document.root().find("texts");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto a = fixed->try_encode(*texts[i].string()), b = any.try_encode(*texts[i].string());
    BOOST_TEST(a->ids == b->ids);
    BOOST_TEST((a->offsets == b->offsets));
    BOOST_TEST(*fixed->try_decode(a->ids) == *any.try_decode(b->ids));
  }
  BOOST_TEST(Gpt2::try_from_file(golden_folder / "bpe_llama3/tokenizer.json").error().message() ==
             "tokenizer.json: pre_tokenizer: this tokenizer is made for \"ByteLevel\", found \"Sequence\"");
  BOOST_TEST(Gpt2::try_from_file(golden_folder / "bpe_qwen2/tokenizer.json").error().message() ==
             "tokenizer.json: normalizer: this tokenizer has no such stage, expected null");
  BOOST_TEST(Gpt2::try_from_file(golden_folder / "bpe_starcoder/tokenizer.json").error().message() ==
             "tokenizer.json: pre_tokenizer: this tokenizer is made for \"ByteLevel\", found \"Sequence\"");
}

namespace {

/// A user's own normalizer: no tabs.
struct NoTabs {
  Result<void> operator()(AlignedText& text) const {
    TextRewriter rewriter(text);
    while (!rewriter.rest().empty()) {
      if (rewriter.rest().front() == '\t') rewriter.replace("    ", 1);
      else rewriter.copy(1);
    }
    std::move(rewriter).commit(text);
    return {};
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_stage_of_the_users_own) {
  using Mine = BasicTokenizer<NoTabs, ByteLevelPreTokenizer, Bpe, NoPostProcessor, ByteLevelDecoder>;
  const auto document = golden::document("bpe_gpt2/tokenizer.json");
  auto file = detail::read_tokenizer_file<Tokenizer::File>(document.root(), "tokenizer.json", {});
  JsonFields model(*document.root().find("model"), "model");
  Bpe bpe;
  bpe.read(model);
  Mine::File parts{NoTabs{}, ByteLevelPreTokenizer{}, std::move(bpe), {}, {}, file->added_tokens, {}};
  const auto tok = Mine::make(std::move(parts));
  BOOST_REQUIRE(tok.has_value());
  const auto encoded = tok->try_encode("a\tb");
  BOOST_TEST(*tok->try_decode(encoded->ids) == "a    b");
  BOOST_TEST((encoded->offsets.back() == Offset{1, 3}));  // " b" has the last of the tab's spaces
}

BOOST_AUTO_TEST_SUITE_END()
