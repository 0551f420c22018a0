// quantization_config of a config.json: what a pre-quantised checkpoint says about itself.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/io/json_config.hpp"
#include "skald/precision/stored.hpp"

namespace skald::inline SKALD_ABI {

/// The fields of transformers' BitsAndBytesConfig, with its defaults. A file's tensors say themselves how they are
/// stored; this says what to compute in and what must be there.
struct BitsAndBytesConfig {
  bool load_in_8bit = false;
  bool load_in_4bit = false;
  float llm_int8_threshold = 6.0f;
  std::optional<std::vector<std::string>> llm_int8_skip_modules;
  bool llm_int8_enable_fp32_cpu_offload = false;
  bool llm_int8_has_fp16_weight = false;
  StoredType bnb_4bit_compute_dtype = StoredType::f32;
  std::string bnb_4bit_quant_type = "fp4";
  bool bnb_4bit_use_double_quant = false;
};

namespace detail {

inline std::optional<StoredType> dtype_named(std::string_view spelled) {
  if (spelled == "float32") return StoredType::f32;
  if (spelled == "float16") return StoredType::f16;
  if (spelled == "bfloat16") return StoredType::bf16;
  return std::nullopt;
}

inline BitsAndBytesConfig read_bitsandbytes(const JsonConfig& q, const Json& object) {
  BitsAndBytesConfig c;
  c.load_in_8bit = q.field("load_in_8bit", c.load_in_8bit);
  c.load_in_4bit = q.field("load_in_4bit", c.load_in_4bit);
  if (c.load_in_8bit && c.load_in_4bit) q.reject("load_in_8bit", "expected only one of load_in_8bit and load_in_4bit");
  c.llm_int8_threshold = q.field("llm_int8_threshold", c.llm_int8_threshold);
  c.llm_int8_enable_fp32_cpu_offload = q.field("llm_int8_enable_fp32_cpu_offload", false);
  c.llm_int8_has_fp16_weight = q.field("llm_int8_has_fp16_weight", false);
  if (q.has("llm_int8_skip_modules")) {
    const Json names = *object.find("llm_int8_skip_modules");
    bool good = names.is_array();
    c.llm_int8_skip_modules.emplace();
    for (std::size_t i = 0; good && i < names.size(); ++i) {
      c.llm_int8_skip_modules->emplace_back(names[i].string().value_or(""));
      good = names[i].is_string();
    }
    if (!good) q.reject("llm_int8_skip_modules", "expected a list of names");
  }
  const auto dtype = dtype_named(q.field("bnb_4bit_compute_dtype", std::string_view("float32")));
  if (!dtype) q.reject("bnb_4bit_compute_dtype", "expected float32, float16 or bfloat16");
  c.bnb_4bit_compute_dtype = dtype.value_or(StoredType::f32);
  c.bnb_4bit_quant_type = q.field("bnb_4bit_quant_type", std::string_view(c.bnb_4bit_quant_type));
  if (c.bnb_4bit_quant_type != "nf4" && c.bnb_4bit_quant_type != "fp4") {
    q.reject("bnb_4bit_quant_type", "expected \"nf4\" or \"fp4\"");
  }
  c.bnb_4bit_use_double_quant = q.field("bnb_4bit_use_double_quant", false);
  return c;
}

}  // namespace detail

/// No value for a checkpoint that is not quantised. Errors: unsupported names any other method (GPTQ, AWQ, FP8, ...);
/// mismatch lists the fields that hold something wrong.
inline Result<std::optional<BitsAndBytesConfig>> read_quantization(const Json& object) {
  const JsonConfig config(object);
  std::optional<BitsAndBytesConfig> read;
  if (config.has("quantization_config")) {
    const JsonConfig q = config.child("quantization_config");
    // Files from before there were several methods name none.
    const bool old_bitsandbytes = q.field("load_in_8bit", false) || q.field("load_in_4bit", false);
    const auto method = q.field("quant_method", std::string_view(old_bitsandbytes ? "bitsandbytes" : ""));
    if (method == "bitsandbytes") {
      read = detail::read_bitsandbytes(q, *object.find("quantization_config"));
    } else if (!config.faults()) {
      return Error(FaultCode::unsupported,
                   detail::sentence({config.file(), ": quantization_config.quant_method: expected bitsandbytes, found ",
                                     method.empty() ? "nothing" : detail::printable(method),
                                     "; take the checkpoint that is not quantised (it can be quantised here), or "
                                     "dequantise this one with transformers"}));
    }
  }
  if (auto error = config.faults()) return *std::move(error);
  return read;
}

}  // namespace skald
