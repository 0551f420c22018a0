#include "skald/io/quantization.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace skald;

namespace {

Result<std::optional<BitsAndBytesConfig>> quantization(const std::string& config) {
  const JsonDocument document = unwrap(JsonDocument::parse(config, "config.json"));
  return read_quantization(document.root());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(io_quantization)

BOOST_AUTO_TEST_CASE(none) {
  BOOST_TEST(!unwrap(quantization("{}")).has_value());
  BOOST_TEST(!unwrap(quantization(R"({"quantization_config": null})")).has_value());
}

BOOST_AUTO_TEST_CASE(defaults_are_those_of_transformers) {
  const auto c = unwrap(quantization(R"({"quantization_config": {"quant_method": "bitsandbytes"}})"));
  BOOST_REQUIRE(c);
  BOOST_TEST(!c->load_in_8bit);
  BOOST_TEST(!c->load_in_4bit);
  BOOST_TEST(c->llm_int8_threshold == 6.0f);
  BOOST_TEST(!c->llm_int8_skip_modules);
  BOOST_TEST(!c->llm_int8_enable_fp32_cpu_offload);
  BOOST_TEST(!c->llm_int8_has_fp16_weight);
  BOOST_TEST((c->bnb_4bit_compute_dtype == StoredType::f32));
  BOOST_TEST(c->bnb_4bit_quant_type == "fp4");
  BOOST_TEST(!c->bnb_4bit_use_double_quant);
}

BOOST_AUTO_TEST_CASE(every_field) {
  const auto c = unwrap(quantization(
      R"({"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": true, "_load_in_4bit": true,
          "llm_int8_threshold": 0, "llm_int8_skip_modules": ["lm_head", "score"],
          "llm_int8_enable_fp32_cpu_offload": true, "llm_int8_has_fp16_weight": true,
          "bnb_4bit_compute_dtype": "bfloat16", "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": true,
          "unknown": {}}})"));
  BOOST_REQUIRE(c);
  BOOST_TEST(c->load_in_4bit);
  BOOST_TEST(c->llm_int8_threshold == 0.0f);
  BOOST_TEST((*c->llm_int8_skip_modules == std::vector<std::string>{"lm_head", "score"}));
  BOOST_TEST(c->llm_int8_enable_fp32_cpu_offload);
  BOOST_TEST(c->llm_int8_has_fp16_weight);
  BOOST_TEST((c->bnb_4bit_compute_dtype == StoredType::bf16));
  BOOST_TEST(c->bnb_4bit_quant_type == "nf4");
  BOOST_TEST(c->bnb_4bit_use_double_quant);
}

BOOST_AUTO_TEST_CASE(an_empty_skip_list_is_not_no_list) {
  const auto c = unwrap(quantization(
      R"({"quantization_config": {"quant_method": "bitsandbytes", "llm_int8_skip_modules": []}})"));
  BOOST_REQUIRE(c->llm_int8_skip_modules);
  BOOST_TEST(c->llm_int8_skip_modules->empty());
}

BOOST_AUTO_TEST_CASE(old_files_name_no_method) {
  const auto c = unwrap(quantization(R"({"quantization_config": {"load_in_8bit": true}})"));
  BOOST_REQUIRE(c);
  BOOST_TEST(c->load_in_8bit);
}

BOOST_AUTO_TEST_CASE(other_methods_are_named_and_unsupported) {
  for (const std::string method : {"gptq", "awq", "fp8", "compressed-tensors", "mxfp4"}) {
    const auto refused = quantization(R"({"quantization_config": {"quant_method": ")" + method + "\"}}");
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code() == FaultCode::unsupported));
    BOOST_TEST(refused.error().message().find("expected bitsandbytes, found " + method + "; take the checkpoint") !=
               std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
