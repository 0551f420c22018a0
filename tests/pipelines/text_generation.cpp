#include "skald/pipelines/text_generation.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/models.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_text_generation)

using namespace skald;

BOOST_AUTO_TEST_CASE(the_prompt_stands_in_front_unless_told_otherwise) {
  TextGeneration gen(tales, {.backend = {.threads = 1}});
  const GenerationConfig config{.max_new_tokens = 10, .seed = 3};
  const std::string full = gen("The fox", config);
  gen.return_full_text = false;
  const std::string fresh = gen("The fox", config);
  BOOST_TEST(!fresh.empty());
  BOOST_TEST(full == "The fox" + fresh);
}

BOOST_AUTO_TEST_CASE(pieces_join_to_the_text) {
  std::string pieces;
  const auto out = tales_pipeline().try_run("The wolf", {.max_new_tokens = 24, .seed = 2},
                                            [&](std::string_view piece) { pieces += piece; });
  BOOST_REQUIRE(out);
  BOOST_TEST((*out)[0].generated_text == "The wolf" + pieces);
  BOOST_TEST(((*out)[0].finish_reason == FinishReason::length));
}

BOOST_AUTO_TEST_CASE(the_defaults_are_the_pipelines_own) {
  // 256 new tokens and sampling at 0.7; the folder says 200 new tokens, which the pipeline's own default outranks.
  const auto out = tales_pipeline().try_run("The king");
  BOOST_REQUIRE(out);
  const auto again =
      tales_pipeline().try_run("The king", {.max_new_tokens = 256, .do_sample = true, .temperature = 0.7f});
  BOOST_REQUIRE(again);
  BOOST_TEST((*out)[0].generated_text == (*again)[0].generated_text);
}

BOOST_AUTO_TEST_CASE(stop_strings_end_the_text) {
  const GenerationConfig greedy{.max_new_tokens = 64, .do_sample = false, .repetition_penalty = 1.0f};
  const auto whole = tales_pipeline().try_run("Once upon a time", greedy);
  BOOST_REQUIRE(whole);
  GenerationConfig stopped = greedy;
  stopped.stop_strings = {"the fox"};
  const auto out = tales_pipeline().try_run("Once upon a time", stopped);
  BOOST_REQUIRE(out);
  const std::string& text = (*out)[0].generated_text;
  BOOST_TEST((*whole)[0].generated_text.starts_with(text));
  BOOST_TEST(text.size() < (*whole)[0].generated_text.size());
  BOOST_TEST(text.find("the fox") != std::string::npos);
  BOOST_TEST(((*out)[0].finish_reason == FinishReason::stop));
}

BOOST_AUTO_TEST_CASE(several_sequences) {
  const auto out =
      tales_pipeline().try_run("A man", {.max_new_tokens = 8, .do_sample = true, .num_return_sequences = 3});
  BOOST_REQUIRE(out);
  BOOST_REQUIRE(out->size() == 3u);
  BOOST_TEST((*out)[0].generated_text != (*out)[1].generated_text);
}

BOOST_AUTO_TEST_CASE(a_folder_without_a_tokenizer_says_so) {
  const auto gen = TextGeneration::try_from_pretrained(SKALD_TEST_DATA "/models/qwen2");
  BOOST_REQUIRE(!gen);
  BOOST_TEST(gen.error().message().find("no tokenizer.json") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
