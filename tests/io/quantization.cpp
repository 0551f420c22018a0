#include "skald/io/quantization.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(io_quantization)

using namespace skald;

namespace {

Result<std::optional<BitsAndBytesConfig>> quantization(const std::string& config) {
  const JsonDocument document = unwrap(JsonDocument::parse(config, "config.json"));
  return read_quantization(document.root());
}

}  // namespace

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
  const std::pair<std::string, std::string> methods[] = {
      {"gptq", " (GPTQ)"}, {"awq", " (AWQ)"}, {"fp8", " (FP8 in blocks, finegrained)"},
      {"fbgemm_fp8", " (FP8 of FBGEMM)"},
      {"compressed-tensors", " (compressed-tensors: FP8, INT8, W4A16, NVFP4)"}, {"hqq", " (HQQ)"}, {"aqlm", " (AQLM)"},
      {"torchao", " (torchao)"}, {"mxfp4", " (MXFP4)"}, {"bitnet", " (BitNet)"}, {"mine", ""}};
  for (const auto& [method, title] : methods) {
    const auto refused = quantization(R"({"quantization_config": {"quant_method": ")" + method + "\"}}");
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code() == FaultCode::unsupported));
    BOOST_TEST(refused.error().message() ==
               "config.json: quantization_config.quant_method: expected bitsandbytes, found " + method + title +
                   "; take the checkpoint that is not quantised (it can be quantised here), or dequantise this one "
                   "with transformers");
  }
  const auto old = quantization(R"({"compression_config": {"format": "pack-quantized"}})");
  BOOST_REQUIRE(!old);
  BOOST_TEST(old.error().message().starts_with(
      "config.json: compression_config: expected bitsandbytes, found compressed-tensors (compressed-tensors: FP8"));
}

BOOST_AUTO_TEST_CASE(the_storage_of_codes_is_read) {
  const auto c = unwrap(quantization(
      R"({"quantization_config": {"quant_method": "bitsandbytes", "bnb_4bit_quant_storage": "bfloat16"}})"));
  BOOST_TEST((c->bnb_4bit_quant_storage == StoredType::bf16));
  const auto none = quantization(
      R"({"quantization_config": {"quant_method": "bitsandbytes", "bnb_4bit_quant_storage": "int3"}})");
  BOOST_REQUIRE(!none);
  BOOST_TEST(none.error().message() ==
             "config.json: quantization_config.bnb_4bit_quant_storage: expected float16, float32, int8, uint8, float64 "
             "or bfloat16, found \"int3\"");
}

BOOST_AUTO_TEST_CASE(what_a_caller_asks_for_is_checked) {
  BOOST_TEST(bool(check({.load_in_8bit = true})));
  BOOST_TEST(bool(check({.load_in_4bit = true})));
  const auto said = [](const BitsAndBytesConfig& c) {
    const Result<void> good = check(c);
    return good ? std::string() : good.error().message();
  };
  BOOST_TEST(said({}) ==
             "quantization_config.load_in_4bit: expected one of load_in_8bit and load_in_4bit, found neither");
  BOOST_TEST(said({.load_in_8bit = true, .load_in_4bit = true}) ==
             "quantization_config.load_in_4bit: expected only one of load_in_8bit and load_in_4bit, found both");
  BOOST_TEST(said({.load_in_4bit = true, .bnb_4bit_quant_type = "nf8"}) ==
             "quantization_config.bnb_4bit_quant_type: expected nf4 or fp4, found \"nf8\"");
  BOOST_TEST(said({.load_in_8bit = true, .llm_int8_threshold = -1, .llm_int8_has_fp16_weight = true}) ==
             "quantization_config.llm_int8_threshold: expected a number that is not negative\n"
             "quantization_config.llm_int8_has_fp16_weight: expected false, found true: it keeps 16-bit weights for "
             "training");
  BOOST_TEST(said({.load_in_4bit = true, .bnb_4bit_compute_dtype = StoredType::i8}) ==
             "quantization_config.bnb_4bit_compute_dtype: expected F32, F16 or BF16, found I8");
  BOOST_TEST(said({.load_in_4bit = true, .bnb_4bit_quant_storage = StoredType::bf16}) ==
             "quantization_config.bnb_4bit_quant_storage: expected U8, found BF16: other types are read, and "
             "written as bytes");
}

BOOST_AUTO_TEST_SUITE_END()
