#include "skald/pipelines/pipeline.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/recorded.hpp"
#include "skald/pipelines.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_pipeline)

using namespace skald;

BOOST_AUTO_TEST_CASE(a_task_names_a_type) {
  static_assert(std::is_same_v<decltype(pipeline<"text-classification">("")), TextClassification>);
  static_assert(std::is_same_v<decltype(pipeline<"sentiment-analysis">("")), TextClassification>);
  static_assert(std::is_same_v<decltype(pipeline<"token-classification">("")), TokenClassification>);
  static_assert(std::is_same_v<decltype(pipeline<"ner">("")), TokenClassification>);
  static_assert(std::is_same_v<decltype(pipeline<"question-answering">("")), QuestionAnswering>);
  static_assert(std::is_same_v<decltype(pipeline<"fill-mask">("")), FillMask>);
  static_assert(std::is_same_v<decltype(pipeline<"feature-extraction">("")), FeatureExtraction>);
  static_assert(std::is_same_v<decltype(pipeline<"zero-shot-classification">("")), ZeroShotClassification>);
  static_assert(std::is_same_v<decltype(pipeline<"sentence-similarity">("")), SentenceSimilarity>);
  static_assert(std::is_same_v<decltype(pipeline<"text-ranking">("")), CrossEncoder>);
  static_assert(std::is_same_v<decltype(pipeline<"text-generation">("")), TextGeneration>);
  static_assert(std::is_same_v<decltype(pipeline<"text2text-generation">("")), Text2TextGeneration>);
  static_assert(std::is_same_v<decltype(pipeline<"summarization">("")), Text2TextGeneration>);
  static_assert(std::is_same_v<decltype(pipeline<"translation">("")), Text2TextGeneration>);
  const auto classify = pipeline<"text-classification">(recorded::folder("classes"), {.backend = {.threads = 1}});
  BOOST_TEST(classify("great story").size() == 1u);
}

BOOST_AUTO_TEST_CASE(options_have_hugging_faces_names) {
  const std::string folder = recorded::folder("classes");
  const auto precision = [&](const AutoOptions<Cpu>& options) {
    const auto c = pipeline<"text-classification">(folder, options);
    return std::string(c.model().model().weights().blocks[0].attention.query.weight.precision());
  };
  BOOST_TEST(precision({.torch_dtype = "bfloat16"}) == "bf16");
  BOOST_TEST(precision({.dtype = "float16", .torch_dtype = "float16"}) == "fp16");
  BOOST_TEST(precision({.device = "cpu"}) == "fp32");
  const auto message = [&](const AutoOptions<Cpu>& options) {
    const auto c = try_pipeline<"text-classification">(folder, options);
    return c ? std::string("no error") : c.error().message();
  };
  BOOST_TEST(message({.device = "-1"}) == "no error");
  BOOST_TEST(message({.device = "cuda:0"}) ==
             "device: expected cpu of a model of this backend, which is a template argument; found cuda:0");
  BOOST_TEST(message({.dtype = "float16", .torch_dtype = "float32"}) ==
             "torch_dtype: is dtype's older name: expected one of them, found dtype float16 and torch_dtype float32");
}

BOOST_AUTO_TEST_SUITE_END()
