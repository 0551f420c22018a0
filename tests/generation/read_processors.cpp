#include "skald/generation/read_processors.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/generation/read_generation_config.hpp"
#include "skald/io/json.hpp"

BOOST_AUTO_TEST_SUITE(generation_read_processors)

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

constexpr float inf = std::numeric_limits<float>::infinity();

/// What a row of six becomes behind the prompt 3, 4 and the token 1, -inf where it was removed.
std::vector<float> processed(const GenerationConfig& config, std::vector<float> scores = {1, 2, 3, 4, -1, 0}) {
  const auto rule = chain(processors_of(config));
  BOOST_REQUIRE(!rule.check());
  const Tokens ids{3, 4, 1}, eos{5};
  std::vector<token_id> room(6);
  std::vector<float> values(6);
  LogitsRow row(scores, room, values);
  const RowContext context{.ids = ids, .prompt_length = 2, .max_length = 4, .eos = eos};
  auto state = rule.start(context);
  rule(row, context, state);
  const auto dense = row.dense();
  return {dense.begin(), dense.end()};
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_field) {
  const auto c = unwrap(read(R"({"top_h":0.5,"typical_p":0.9,"epsilon_cutoff":0.01,"eta_cutoff":0.02,
      "encoder_repetition_penalty":1.2,"no_repeat_ngram_size":3,"encoder_no_repeat_ngram_size":4,"min_length":5,
      "min_new_tokens":6,"forced_bos_token_id":7,"forced_eos_token_id":[8,9],"suppress_tokens":[1,2],
      "begin_suppress_tokens":[3],"bad_words_ids":[[1],[2,3]],"sequence_bias":[[[1,2],-0.5],[[3],2.0]],
      "exponential_decay_length_penalty":[10,1.5],"remove_invalid_values":true,"renormalize_logits":true,
      "watermarking_config":{"greenlist_ratio":0.5,"bias":3.0,"hashing_key":17,"seeding_scheme":"selfhash",
      "context_width":2}})"));
  BOOST_TEST((*c.top_h == 0.5 && *c.typical_p == 0.9 && *c.epsilon_cutoff == 0.01 && *c.eta_cutoff == 0.02));
  BOOST_TEST((*c.encoder_repetition_penalty == 1.2 && *c.no_repeat_ngram_size == 3));
  BOOST_TEST((*c.encoder_no_repeat_ngram_size == 4 && *c.min_length == 5 && *c.min_new_tokens == 6));
  BOOST_TEST((*c.forced_bos_token_id == 7 && *c.forced_eos_token_id == Tokens{8, 9}));
  BOOST_TEST((*c.suppress_tokens == Tokens{1, 2} && *c.begin_suppress_tokens == Tokens{3}));
  BOOST_TEST((*c.bad_words_ids == std::vector<Tokens>{{1}, {2, 3}}));
  BOOST_TEST((c.sequence_bias->size() == 2 && c.sequence_bias->at(0).ids == Tokens{1, 2} &&
              c.sequence_bias->at(0).bias == -0.5f && c.sequence_bias->at(1).bias == 2.0f));
  BOOST_TEST((c.exponential_decay_length_penalty->start_index == 10 &&
              c.exponential_decay_length_penalty->decay_factor == 1.5));
  BOOST_TEST((*c.remove_invalid_values && *c.renormalize_logits));
  const WatermarkingConfig w = *c.watermarking_config;
  BOOST_TEST((w.greenlist_ratio == 0.5 && w.bias == 3.0f && w.hashing_key == 17 && w.context_width == 2 &&
              w.seeding_scheme == SeedingScheme::selfhash));
  BOOST_TEST((*unwrap(read(R"({"forced_eos_token_id":4})")).forced_eos_token_id == Tokens{4}));
}

BOOST_AUTO_TEST_CASE(the_call_wins_over_the_folder) {
  GenerationConfig call{.typical_p = 0.5, .bad_words_ids = std::vector<Tokens>{{1}}};
  call.fill_from(unwrap(read(R"({"typical_p":0.9,"bad_words_ids":[[2]],"min_length":3,"suppress_tokens":[4]})")));
  BOOST_TEST((*call.typical_p == 0.5 && *call.bad_words_ids == std::vector<Tokens>{{1}} && *call.min_length == 3 &&
              *call.suppress_tokens == Tokens{4}));
}

BOOST_AUTO_TEST_CASE(integers_where_transformers_wants_floats) {
  const std::string end = " has to be a strictly positive float, not an integer, found ";
  const std::string file = "generation_config.json: ";
  BOOST_TEST(refusal(R"({"do_sample":true,"temperature":2})") == file + "temperature:" + end + "2");
  BOOST_TEST(refusal(R"({"do_sample":true,"temperature":0})") == file + "temperature:" + end + "0");
  BOOST_TEST(refusal(R"({"repetition_penalty":2})") == file + "repetition_penalty:" + end + "2");
  BOOST_TEST(refusal(R"({"encoder_repetition_penalty":2})") == file + "encoder_repetition_penalty:" + end + "2");
  for (const char* fine : {R"({"do_sample":true,"temperature":1})", R"({"do_sample":false,"temperature":2})",
                           R"({"temperature":0})", R"({"repetition_penalty":1})", R"({"do_sample":true,"top_p":1})"})
    BOOST_TEST(refusal(fine) == "accepted", fine);
}

BOOST_AUTO_TEST_CASE(what_is_no_list_of_the_kind) {
  const std::string file = "generation_config.json: ";
  for (const char* wrong : {"3", "[3]", "[[1],[-2]]", "[[1.5]]", "[[\"a\"]]"})
    BOOST_TEST(refusal(std::string("{\"bad_words_ids\":").append(wrong).append("}"))
                   .starts_with(file + "bad_words_ids: expected a list of lists of tokens, found "), wrong);
  for (const char* wrong : {"3", "[3]", "[[[1],2]]", "[[[1]]]", "[[[-1],2.0]]", "[[1,2.0]]"})
    BOOST_TEST(refusal(std::string("{\"sequence_bias\":").append(wrong).append("}"))
                   .starts_with(file + "sequence_bias: expected a list of [list of tokens, float], found "), wrong);
  BOOST_TEST(refusal(R"({"exponential_decay_length_penalty":[1]})") ==
             file + "exponential_decay_length_penalty: expected [start, factor], found [1]");
  BOOST_TEST(refusal(R"({"suppress_tokens":5})") == file + "suppress_tokens: expected an array, found 5");
  BOOST_TEST(refusal(R"({"watermarking_config":{"seeding_scheme":"other","hashing_key":-1}})") ==
             file + "watermarking_config.hashing_key: expected a non-negative integer, found -1\n" + file +
                 "watermarking_config.seeding_scheme: expected \"selfhash\" or \"lefthash\", found \"other\"");
}

BOOST_AUTO_TEST_CASE(processors_in_their_order) {
  // Each pair gives another row the other way round.
  BOOST_TEST((processed({.repetition_penalty = 2.0f, .sequence_bias = std::vector<BiasedSequence>{{{1}, 2.0f}}}) ==
              std::vector<float>{1, 2, 3, 2, -2, 0}));
  BOOST_TEST((processed({.repetition_penalty = 2.0f, .presence_penalty = 1.0f}) ==
              std::vector<float>{1, 0, 3, 2, -2, 0}));
  BOOST_TEST((processed({.bad_words_ids = std::vector<Tokens>{{0}}, .remove_invalid_values = true})[0] > -inf));
  BOOST_TEST((processed({.suppress_tokens = Tokens{0}, .remove_invalid_values = true})[0] == -inf));
  BOOST_TEST((processed({.min_new_tokens = 9, .forced_eos_token_id = Tokens{5}}) ==
              std::vector<float>{-inf, -inf, -inf, -inf, -inf, 0}));
  GenerationConfig own{.do_sample = true, .temperature = 0.5f, .top_k = 1, .suppress_tokens = Tokens{3}};
  own.logits_processor.add([](float v, token_id t) { return t == 0 ? v + 2.5f : v; });
  BOOST_TEST((processed(own) == std::vector<float>{7, -inf, -inf, -inf, -inf, -inf}));
  const auto last = processed({.do_sample = true, .top_k = 2, .renormalize_logits = true});
  BOOST_TEST((last[0] == -inf && std::abs(std::exp(last[2]) + std::exp(last[3]) - 1) < 1e-6));
}

BOOST_AUTO_TEST_CASE(what_is_off_adds_nothing) {
  const auto c = unwrap(read(R"({"typical_p":1.0,"epsilon_cutoff":0,"eta_cutoff":0.0,"encoder_repetition_penalty":1.0,
      "no_repeat_ngram_size":0,"encoder_no_repeat_ngram_size":0,"min_length":0,"min_new_tokens":0,
      "remove_invalid_values":false,"renormalize_logits":false,"top_h":null,"bad_words_ids":null})"));
  BOOST_TEST(processors_of(c).empty());
  BOOST_TEST(!processors_of(GenerationConfig{.min_length = 1}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
