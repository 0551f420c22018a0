#include "skald/pipelines/text2text_generation.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/models.hpp"
#include "support/tensor_file.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_text2text_generation)

using namespace skald;

namespace {

/// A t5 of 160 tokens with a tokenizer that has no more.
struct Folder : support::TemporaryDirectory {
  Folder() {
    const std::filesystem::path models = SKALD_SOURCE_DIR "/tests/golden/models";
    for (const char* name : {"config.json", "generation_config.json", "model.safetensors"})
      std::filesystem::copy_file(models / "t5" / name, path() / name);
    for (const char* name : {"tokenizer.json", "tokenizer_config.json"})
      std::filesystem::copy_file(models / "llama_gqa" / "tokenizer" / name, path() / name);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_text_for_a_text) {
  const Folder folder;
  const Text2TextGeneration gen(folder.path(), {.backend = {.threads = 1}});
  const auto ids = gen.tokenizer()("translate: the fox");
  const auto expected = generate(gen.model(), ids, GenerationConfig{.max_new_tokens = 9, .num_beams = 3});
  BOOST_TEST(gen("translate: the fox", {.max_new_tokens = 9, .num_beams = 3}) ==
             gen.tokenizer().decode(expected.new_tokens(0), {.skip_special_tokens = true}));
  std::string pieces;
  const auto out = gen.try_run("the wolf", {.max_new_tokens = 12}, [&](std::string_view p) { pieces += p; });
  BOOST_REQUIRE(out);
  BOOST_TEST(out->at(0).generated_text == pieces);
  BOOST_TEST(!pieces.empty());
  // The folder gives no length, so it is the pipeline's.
  const auto longest = gen.try_run("the wolf", {.eos_token_id = std::vector<token_id>{}});
  BOOST_REQUIRE(longest);
  const auto plain = generate(gen.model(), gen.tokenizer()("the wolf"),
                              GenerationConfig{.max_new_tokens = 256, .eos_token_id = std::vector<token_id>{}});
  BOOST_TEST(longest->at(0).generated_text ==
             gen.tokenizer().decode(plain.new_tokens(0), {.skip_special_tokens = true}));
}

BOOST_AUTO_TEST_CASE(stop_strings_and_folders_of_other_models) {
  const Folder folder;
  const Text2TextGeneration gen(folder.path(), {.backend = {.threads = 1}});
  const std::string whole = gen("the wolf", {.max_new_tokens = 12});
  BOOST_REQUIRE(whole.size() > 2);
  const auto stopped = gen.try_run("the wolf", {.max_new_tokens = 12, .stop_strings = {{whole.substr(1, 2)}}});
  BOOST_REQUIRE(stopped);
  BOOST_TEST(stopped->at(0).generated_text.size() < whole.size());
  BOOST_TEST((stopped->at(0).finish_reason == FinishReason::stop));
  const auto wrong = Text2TextGeneration::try_from_pretrained(SKALD_SOURCE_DIR "/tests/golden/models/llama_gqa");
  BOOST_REQUIRE(!wrong);
  BOOST_TEST(wrong.error().message().find("which is no encoder-decoder") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
