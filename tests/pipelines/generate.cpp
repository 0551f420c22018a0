#include "skald/pipelines/generate.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/models.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_generate)

using namespace skald;

namespace {

std::vector<token_id> prompt() { return tales_tokenizer()("Once upon a time").ids; }

}  // namespace

// The first of the model's own recorded runs (transformers, float32): examples/models/skald-tales-260k/expected.json.
BOOST_AUTO_TEST_CASE(greedy_gives_the_tokens_of_transformers) {
  const auto document = read_json(tales + "/expected.json");
  BOOST_REQUIRE(document);
  const Json cases = *document->root().find("float32")->find("cases");
  BOOST_REQUIRE(cases.size() == 6u);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Json one = cases[i];
    const std::string text(*one.find("prompt")->string());
    const Json expected = *one.find("greedy_ids"), with_folder = *one.find("greedy_ids_generation_config");
    const auto ids = tales_tokenizer()(text).ids;
    const auto check = [&](const Json& tokens, const GenerationConfig& config) {
      const auto out = generate(tales_model(), ids, config);
      BOOST_REQUIRE(out.new_tokens(0).size() == tokens.size());
      for (std::size_t t = 0; t < tokens.size(); ++t) BOOST_TEST(out.new_tokens(0)[t] == *tokens[t].integer());
      return tales_tokenizer().decode(out.new_tokens(0), {.skip_special_tokens = true});
    };
    BOOST_TEST_CONTEXT("prompt " << text) {
      BOOST_TEST(check(expected, {.max_new_tokens = 64, .do_sample = false, .repetition_penalty = 1.0f}) ==
                 *one.find("greedy_text")->string());
      check(with_folder, {.max_new_tokens = std::int32_t(with_folder.size()), .do_sample = false});
    }
  }
}

BOOST_AUTO_TEST_CASE(the_folder_fills_what_the_call_leaves_open) {
  BOOST_REQUIRE(tales_model().generation_config());
  BOOST_TEST(*tales_model().generation_config()->repetition_penalty == 1.1f);
  const auto own = generate(tales_model(), prompt(), GenerationConfig{.max_new_tokens = 30, .do_sample = false});
  const auto plain = generate(tales_model(), prompt(),
                              GenerationConfig{.max_new_tokens = 30, .do_sample = false, .repetition_penalty = 1.0f});
  BOOST_TEST((own.sequences[0] != plain.sequences[0]));
}

BOOST_AUTO_TEST_CASE(a_time_is_a_criterion) {
  const auto out = generate(tales_model(), prompt(), GenerationConfig{.max_new_tokens = 30, .max_time = -1.0});
  BOOST_TEST(out.new_tokens(0).size() == 1u);
  BOOST_TEST((out.finish_reasons[0] == FinishReason::time));
  const auto all = generate(tales_model(), prompt(), GenerationConfig{.max_new_tokens = 3, .max_time = 1e9});
  BOOST_TEST((all.finish_reasons[0] == FinishReason::length));
}

BOOST_AUTO_TEST_CASE(without_sampling_the_warpers_do_not_count) {
  const GenerationConfig plain{.max_new_tokens = 12, .do_sample = false};
  GenerationConfig warped = plain;
  warped.temperature = 0.0f;  // refused when sampling
  warped.top_k = 1;
  warped.top_p = 0.1;
  BOOST_TEST(generate(tales_model(), prompt(), plain).sequences[0] ==
             generate(tales_model(), prompt(), warped).sequences[0]);
}

BOOST_AUTO_TEST_CASE(a_seed_names_a_text) {
  const auto text = [](std::uint64_t seed) {
    return generate(tales_model(), prompt(), GenerationConfig{.max_new_tokens = 20, .do_sample = true, .seed = seed})
        .sequences[0];
  };
  BOOST_TEST(text(5) == text(5));
  BOOST_TEST((text(5) != text(6)));
}

BOOST_AUTO_TEST_CASE(wrong_options_are_sentences) {
  const auto message = [](const GenerationConfig& config) {
    const auto out = try_generate(tales_model(), prompt(), config);
    return out ? std::string() : out.error().message();
  };
  BOOST_TEST(message({.max_new_tokens = 0}) == "generate: max_new_tokens: at least: expected 1, found 0");
  BOOST_TEST(message({.max_new_tokens = 4, .do_sample = false, .num_beams = 2, .num_return_sequences = 3}) ==
             "generate: num_return_sequences: at most num_beams: expected 2, found 3");
  BOOST_TEST(message({.max_new_tokens = 4, .do_sample = true, .temperature = 0.0f}).starts_with(
      "generate: temperature has to be a strictly positive"));
  BOOST_TEST(
      message({.max_new_tokens = 4, .stop_strings = std::vector<std::string>{"x"}}).starts_with("stop_strings: "));
  BOOST_TEST(message({.max_new_tokens = 4}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
