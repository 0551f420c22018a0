#include "skald/generation/read_generation_config.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/io/json.hpp"

BOOST_AUTO_TEST_SUITE(generation_read_generation_config)

using namespace skald;
using Tokens = std::vector<token_id>;

namespace {

Result<GenerationConfig> read(const std::string& text) {
  const JsonDocument document = unwrap(JsonDocument::parse(text, "test"));
  return read_generation_config(JsonConfig(document.root(), "generation_config.json"));
}
std::string refusal(const std::string& text) {
  const auto config = read(text);
  return config ? "accepted" : config.error().message();
}

/// What a row of six becomes, -inf where cut.
std::vector<float> processed(const GenerationConfig& config, std::vector<float> scores = {1, 2, 3, 4, -1, 0}) {
  const auto rule = chain(processors_of(config));
  BOOST_REQUIRE(!rule.check());
  const Tokens ids{3, 4};
  std::vector<token_id> room(6);
  std::vector<float> values(6);
  LogitsRow row(scores, room, values);
  auto state = rule.start({.ids = ids});
  rule(row, {.ids = ids}, state);
  const auto dense = row.dense();
  return {dense.begin(), dense.end()};
}

constexpr float inf = std::numeric_limits<float>::infinity();

}  // namespace

BOOST_AUTO_TEST_CASE(every_field) {
  const auto c =
      unwrap(read(R"({"max_length":100,"max_new_tokens":7,"pad_token_id":0,"bos_token_id":1,"eos_token_id":[2,5],
      "do_sample":true,"temperature":0.5,"top_k":3,"top_p":0.9,"min_p":0.1,"repetition_penalty":1.5,"num_beams":4,
      "num_return_sequences":2,"length_penalty":0.5,"early_stopping":"never","prompt_lookup_num_tokens":6,
      "max_matching_ngram_size":3,"stop_strings":["a","b"],"transformers_version":"5","unknown":{"x":[1]},"min_length":0,
      "typical_p":1.0,"renormalize_logits":false,"forced_eos_token_id":null})"));
  BOOST_TEST((*c.max_length == 100 && *c.max_new_tokens == 7 && *c.pad_token_id == 0 && *c.bos_token_id == 1));
  BOOST_TEST((*c.eos_token_id == Tokens{2, 5}));
  BOOST_TEST((*c.do_sample && *c.temperature == 0.5f && *c.top_k == 3 && *c.top_p == 0.9 && *c.min_p == 0.1f));
  BOOST_TEST((*c.repetition_penalty == 1.5f && *c.num_beams == 4 && *c.num_return_sequences == 2 &&
              *c.length_penalty == 0.5f));
  BOOST_TEST((*c.early_stopping == EarlyStopping::never && *c.prompt_lookup_num_tokens == 6 &&
              *c.max_matching_ngram_size == 3));
  BOOST_TEST((*c.stop_strings == std::vector<std::string>{"a", "b"}));
  const GenerateOptions o = c.options();
  BOOST_TEST((o.max_new_tokens == 7 && o.max_length == 100 && o.num_beams == 4 && o.num_return_sequences == 2));
  BOOST_TEST((o.length_penalty == 0.5f && o.early_stopping == EarlyStopping::never && o.prompt_lookup_num_tokens == 6));
  BOOST_TEST((o.max_matching_ngram_size == 3 && *o.pad_token_id == 0 && *o.eos_token_id == Tokens{2, 5}));
}

BOOST_AUTO_TEST_CASE(what_is_absent_or_null_is_not_set) {
  for (const char* text :
       {"{}", R"({"max_length":null,"eos_token_id":null,"early_stopping":null,"stop_strings":null,"top_p":null})"}) {
    const auto c = unwrap(read(text));
    BOOST_TEST(
        (!c.max_length && !c.max_new_tokens && !c.eos_token_id && !c.early_stopping && !c.stop_strings && !c.top_p));
    const GenerateOptions o = c.options();
    BOOST_TEST((o.max_new_tokens == 0 && o.max_length == 0 && o.num_beams == 1 &&
                o.early_stopping == EarlyStopping::no && !o.eos_token_id));
  }
  BOOST_TEST((*unwrap(read(R"({"eos_token_id":9})")).eos_token_id == Tokens{9}));
  BOOST_TEST((*unwrap(read(R"({"stop_strings":"x"})")).stop_strings == std::vector<std::string>{"x"}));
  BOOST_TEST((*unwrap(read(R"({"early_stopping":true})")).early_stopping == EarlyStopping::yes));
  BOOST_TEST((*unwrap(read(R"({"early_stopping":false})")).early_stopping == EarlyStopping::no));
}

BOOST_AUTO_TEST_CASE(every_fault_at_once) {
  BOOST_TEST(
      refusal(R"({"max_length":"long","temperature":[],"eos_token_id":"x","early_stopping":"soon","top_k":1.5})") ==
      "generation_config.json: max_length: expected an integer of 32 bits, found \"long\"\n"
      "generation_config.json: temperature: expected a number, found []\n"
      "generation_config.json: top_k: expected an integer of 32 bits, found 1.5\n"
      "generation_config.json: eos_token_id: expected an integer of 32 bits, found \"x\"\n"
      "generation_config.json: early_stopping: expected true, false or \"never\", found \"soon\"");
  const char* unsupported = ": is not supported yet: expected it unset, found ";
  for (const char* field : {"\"token_healing\":true"}) {
    const std::string message = refusal(std::string("{").append(field).append("}"));
    BOOST_TEST(message.find(unsupported) != std::string::npos, field << ": " << message);
  }
  // Strategies that transformers itself does not have any more.
  for (const char* field : {"num_beam_groups\":2", "penalty_alpha\":0.6", "diversity_penalty\":1",
                            "constraints\":[1]", "force_words_ids\":[[1]]", "dola_layers\":\"low\""}) {
    const std::string message = refusal(std::string("{\"").append(field).append("}"));
    BOOST_TEST(message.find(": chooses a strategy that transformers 5 took out") != std::string::npos, message);
    BOOST_TEST(message.find("docs/searches.md") != std::string::npos, message);
  }
  BOOST_TEST(refusal(R"({"num_beam_groups":1,"penalty_alpha":0,"diversity_penalty":0.0})") == "accepted");
}

BOOST_AUTO_TEST_CASE(assistants) {
  const GenerationConfig config = unwrap(read(R"({"num_assistant_tokens":7,"num_assistant_tokens_schedule":"heuristic"})"));
  const AssistantOptions o = config.assistant();
  BOOST_TEST((o.num_assistant_tokens == 7 && o.num_assistant_tokens_schedule == AssistantSchedule::heuristic));
  BOOST_TEST(o.assistant_confidence_threshold == 0.4f);
  BOOST_TEST(unwrap(read(R"({"assistant_confidence_threshold":0})")).assistant().assistant_confidence_threshold == 0.0f);
  BOOST_TEST(refusal(R"({"num_assistant_tokens_schedule":"often"})") ==
             "generation_config.json: num_assistant_tokens_schedule: expected constant, heuristic or "
             "heuristic_transient, found \"often\"");
}

BOOST_AUTO_TEST_CASE(the_call_wins_over_the_folder) {
  GenerationConfig call{.max_new_tokens = 5, .temperature = 0.2f};
  const GenerationConfig folder{.max_length = 50, .max_new_tokens = 9, .eos_token_id = Tokens{1}, .do_sample = true,
                                .temperature = 0.9f, .top_k = 7, .stop_strings = std::vector<std::string>{"x"}};
  call.fill_from(folder);
  BOOST_TEST((*call.max_new_tokens == 5 && *call.temperature == 0.2f && *call.max_length == 50 && *call.top_k == 7));
  BOOST_TEST((*call.do_sample && *call.eos_token_id == Tokens{1} && call.stop_strings->size() == 1));
  BOOST_TEST((!call.min_p && !call.num_beams));
}

BOOST_AUTO_TEST_CASE(processors_in_their_order) {
  // Greedy: the penalty alone, whatever the rest says.
  BOOST_TEST((processed({.temperature = 0.5f, .top_k = 1, .top_p = 0.1, .min_p = 0.9f}) ==
              std::vector<float>{1, 2, 3, 4, -1, 0}));
  BOOST_TEST((processed({.do_sample = false, .repetition_penalty = 2.0f}) == std::vector<float>{1, 2, 3, 2, -2, 0}));
  // Sampled: penalty, temperature, top_k.
  BOOST_TEST((processed({.do_sample = true, .temperature = 0.5f, .top_k = 3, .repetition_penalty = 2.0f}) ==
              std::vector<float>{-inf, 4, 6, 4, -inf, -inf}));
  BOOST_TEST((processed({.do_sample = true, .top_k = 0}) == std::vector<float>{1, 2, 3, 4, -1, 0}));
  BOOST_TEST((processed({.do_sample = true, .top_k = 0, .top_p = 1.0}) == std::vector<float>{1, 2, 3, 4, -1, 0}));
  BOOST_TEST(
      (processed({.do_sample = true, .top_k = 0, .top_p = 0.7}) == std::vector<float>{-inf, -inf, 3, 4, -inf, -inf}));
  BOOST_TEST(
      (processed({.do_sample = true, .top_k = 0, .min_p = 0.1f}) == std::vector<float>{-inf, 2, 3, 4, -inf, -inf}));
  // top_k is 50 where nothing is said.
  std::vector<float> many(60);
  for (int i = 0; i < 60; ++i) many[std::size_t(i)] = float(i);
  const auto rule = chain(processors_of(GenerationConfig{.do_sample = true}));
  std::vector<token_id> room(60);
  std::vector<float> values(60);
  LogitsRow row(many, room, values);
  auto state = rule.start({});
  rule(row, {}, state);
  BOOST_TEST(row.size() == 50);
  // Values that no processor takes are found before anything runs.
  for (const GenerationConfig& bad :
       {GenerationConfig{.do_sample = true, .temperature = 0.0f}, GenerationConfig{.do_sample = true, .top_k = -1},
        GenerationConfig{.do_sample = true, .top_p = -0.5}, GenerationConfig{.do_sample = true, .min_p = 2.0f},
        GenerationConfig{.repetition_penalty = -1.0f}, GenerationConfig{.do_sample = true, .typical_p = 0.0},
        GenerationConfig{.do_sample = true, .top_h = 0.0}, GenerationConfig{.encoder_repetition_penalty = 0.0},
        GenerationConfig{.bad_words_ids = std::vector<Tokens>{}}, GenerationConfig{.presence_penalty = 3.0f},
        GenerationConfig{.forced_eos_token_id = Tokens{-1}},
        GenerationConfig{.watermarking_config = WatermarkingConfig{.context_width = 0}}})
    BOOST_TEST((chain(processors_of(bad)).check().code == FaultCode::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
