#include "skald/pipelines/auto_model.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

#include "pipelines/models.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_auto_model)

using namespace skald;

namespace {

const char* linear_precision(const AutoModelForCausalLM& lm) {
  return lm.weights().blocks[0].attention.query.weight.precision();
}
const char* table_precision(const AutoModelForCausalLM& lm) { return lm.weights().tokens.precision(); }

AutoModelForCausalLM load(const std::string& dtype) {
  return AutoModelForCausalLM::from_pretrained(tales, {.dtype = dtype, .backend = {.threads = 1}});
}

}  // namespace

BOOST_AUTO_TEST_CASE(dtype_by_hugging_face_names_and_ours) {
  const std::pair<const char*, const char*> names[] = {{"auto", "fp32"},    {"", "fp32"},         {"float32", "fp32"},
                                                       {"float16", "fp16"}, {"bfloat16", "bf16"}, {"bf16", "bf16"},
                                                       {"int8", "int8"},    {"nf4", "nf4"}};
  for (const auto& [dtype, precision] : names) {
    BOOST_TEST_CONTEXT("dtype " << dtype) { BOOST_TEST(linear_precision(load(dtype)) == precision); }
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_dtype_is_named) {
  const auto lm = AutoModelForCausalLM::try_from_pretrained(tales, {.dtype = "float8"});
  BOOST_REQUIRE(!lm);
  BOOST_TEST(lm.error().message() ==
             "dtype: expected auto, float32, float16, bfloat16, int8, nf4 or fp4, found float8");
}

BOOST_AUTO_TEST_CASE(modules_can_be_left_out_of_a_quantised_request) {
  const auto lm = AutoModelForCausalLM::from_pretrained(
      tales, {.dtype = "nf4", .backend = {.threads = 1}, .llm_int8_skip_modules = {"q_proj", "embed_tokens"}});
  BOOST_TEST(linear_precision(lm) == "fp32");
  BOOST_TEST(lm.weights().blocks[0].attention.key.weight.precision() == "nf4");
  BOOST_TEST(table_precision(lm) == "fp32");
}

BOOST_AUTO_TEST_CASE(an_encoder_is_no_causal_model) {
  const auto lm = AutoModelForCausalLM::try_from_pretrained(SKALD_TEST_DATA "/models/bert");
  BOOST_REQUIRE(!lm);
  BOOST_TEST((lm.error().code() == FaultCode::unsupported));
  BOOST_TEST(lm.error().message().find("load it with AutoModel") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_encoder_gives_hidden_states) {
  const auto model = AutoModel::from_pretrained(SKALD_TEST_DATA "/models/bert");
  const std::vector<token_id> ids{5, 6, 7};
  const std::vector<std::int32_t> positions{0, 1, 2};
  const Row row{0, 0, 3, 0};
  auto queue = model.backend().queue();
  std::vector<float> hidden(3 * std::size_t(model.spec().hidden_size), NAN),
      pooled(std::size_t(model.spec().hidden_size), NAN);
  BOOST_TEST(!model.encode(queue, {ids, positions, {&row, 1}, {}}, hidden.data(), pooled.data()));
  for (float h : hidden) BOOST_TEST(std::isfinite(h));
  for (float p : pooled) BOOST_TEST((p > -1.0f && p < 1.0f));
}

BOOST_AUTO_TEST_CASE(a_head_is_asked_without_a_cache) {
  const std::vector<token_id> ids{5, 6, 7, 8};
  const std::vector<std::int32_t> positions{0, 1, 2, 0}, at{3, 1};
  const Row rows[] = {{0, 0, 3, 0}, {1, 3, 1, 0}};
  const auto ask = [&](const auto& model, std::size_t outputs) {
    auto queue = model.backend().queue();
    std::vector<float> logits(outputs * std::size_t(model.vocab_size()), NAN);
    BOOST_TEST(!model.forward(queue, {ids, positions, rows, at}, logits.data()));
    for (float x : logits) BOOST_TEST(std::isfinite(x));
    return model.vocab_size();
  };
  const std::string bert = SKALD_TEST_DATA "/models/bert_";
  BOOST_TEST(ask(AutoModelForSequenceClassification::from_pretrained(bert + "sequence_classification"), 2) == 3);
  BOOST_TEST(ask(AutoModelForTokenClassification::from_pretrained(bert + "token_classification"), 2) == 3);
  BOOST_TEST(ask(AutoModelForQuestionAnswering::from_pretrained(bert + "question_answering"), 2) == 2);
  const auto words = AutoModelForMaskedLM::from_pretrained(bert + "masked_lm");
  BOOST_TEST(ask(words, 2) == words.spec().vocab_size);
  // A decoder tells classes too, and has no cache then; a language model has one.
  const auto llama = AutoModelForSequenceClassification::from_pretrained(SKALD_TEST_DATA
                                                                         "/models/llama_sequence_classification");
  BOOST_TEST(ask(llama, 2) == 3);
  BOOST_TEST(!llama.spec().cached());
  const auto lm = AutoModelForCausalLM::from_pretrained(tales);
  auto queue = lm.backend().queue();
  float one = 0;
  BOOST_TEST((lm.forward(queue, {ids, positions, rows, at}, &one).code == FaultCode::unsupported));
  BOOST_TEST((lm.encode(queue, {ids, positions, rows, at}, &one).code == FaultCode::unsupported));
}

BOOST_AUTO_TEST_CASE(a_checkpoint_of_another_task_says_what_it_is) {
  const std::string models = SKALD_TEST_DATA "/models/";
  const auto masked = AutoModelForMaskedLM::try_from_pretrained(models + "bert_sequence_classification");
  BOOST_REQUIRE(!masked);
  BOOST_TEST((masked.error().code() == FaultCode::unsupported));
  BOOST_TEST(masked.error().message() ==
             "config.json: architectures: expected a class that ends in ForMaskedLM, found "
             "BertForSequenceClassification: load it with AutoModelForSequenceClassification");
  const auto lm = AutoModelForCausalLM::try_from_pretrained(models + "llama_sequence_classification");
  BOOST_REQUIRE(!lm);
  BOOST_TEST(lm.error().message() ==
             "config.json: architectures: expected a class that ends in ForCausalLM, found "
             "LlamaForSequenceClassification: load it with AutoModelForSequenceClassification");
  // A model without a head lacks one.
  const auto bare = AutoModelForTokenClassification::try_from_pretrained(models + "roberta");
  BOOST_REQUIRE(!bare);
  BOOST_TEST(bare.error().message() == "classifier.weight: missing from the checkpoint\n"
                                       "classifier.bias: missing from the checkpoint");
  // The body of a model with a head, whose pooler was never saved.
  const auto body = AutoModel::from_pretrained(models + "roberta_masked_lm");
  BOOST_TEST((body.spec().head == HeadKind::masked_language));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there) {
  const auto lm = AutoModelForCausalLM::try_from_pretrained("/no/such/folder");
  BOOST_REQUIRE(!lm);
  BOOST_TEST(lm.error().message().starts_with("/no/such/folder: "));
  BOOST_CHECK_THROW(AutoModelForCausalLM::from_pretrained("/no/such/folder"), Error);
}

BOOST_AUTO_TEST_CASE(progress_counts_to_the_end) {
  std::pair<std::size_t, std::size_t> last{0, 0};
  AutoOptions<Cpu> options;
  options.progress = [](void* user, std::size_t done, std::size_t all) {
    auto& seen = *static_cast<std::pair<std::size_t, std::size_t>*>(user);
    BOOST_TEST(done == seen.first + 1);
    seen = {done, all};
  };
  options.progress_user = &last;
  BOOST_REQUIRE(AutoModelForCausalLM::try_from_pretrained(tales, options));
  BOOST_TEST(last.first > 40u);
  BOOST_TEST(last.first == last.second);
}

BOOST_AUTO_TEST_SUITE_END()
