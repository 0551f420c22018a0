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

/// The fields of transformers' BitsAndBytesConfig, with its defaults: what from_pretrained is to quantise, and what a
/// pre-quantised checkpoint says about itself (its tensors say themselves how they are stored). Note the default "fp4".
struct BitsAndBytesConfig {
  bool load_in_8bit = false;
  bool load_in_4bit = false;
  float llm_int8_threshold = 6.0f;               ///< kept, without effect: activations are float32
  std::optional<std::vector<std::string>> llm_int8_skip_modules{};  ///< no list: the output layer; of 4 bit too
  bool llm_int8_enable_fp32_cpu_offload = false; ///< kept, without effect
  bool llm_int8_has_fp16_weight = false;         ///< training; refused
  /// bf16: products round activations and the book to it, when a caller asks; f16 is computed in float32.
  StoredType bnb_4bit_compute_dtype = StoredType::f32;
  std::string bnb_4bit_quant_type = "fp4";       ///< or "nf4"
  bool bnb_4bit_use_double_quant = false;
  StoredType bnb_4bit_quant_storage = StoredType::u8;   ///< what a file calls the packed codes; read, not written

  /// "int8", "nf4", "fp4", or empty.
  std::string_view precision() const {
    return load_in_8bit ? "int8" : load_in_4bit ? std::string_view(bnb_4bit_quant_type) : std::string_view();
  }
};

namespace detail {

inline std::optional<StoredType> dtype_named(std::string_view spelled) {
  if (spelled == "float32") return StoredType::f32;
  if (spelled == "float16") return StoredType::f16;
  if (spelled == "bfloat16") return StoredType::bf16;
  return std::nullopt;
}

/// As torch spells it; no value for a type that is none of the two fields'.
inline std::string_view torch_name(StoredType type) {
  switch (type) {
    case StoredType::f32: return "float32";
    case StoredType::f16: return "float16";
    case StoredType::bf16: return "bfloat16";
    case StoredType::f64: return "float64";
    case StoredType::i8: return "int8";
    case StoredType::u8: return "uint8";
    default: return {};
  }
}

/// What the name of a method stands for, for messages.
inline std::string_view quantization_title(std::string_view method) {
  constexpr std::string_view known[][2] = {
      {"gptq", "GPTQ"}, {"awq", "AWQ"}, {"auto-round", "AutoRound"}, {"autoround", "AutoRound"},
      {"fp8", "FP8 in blocks, finegrained"}, {"fbgemm_fp8", "FP8 of FBGEMM"},
      {"compressed-tensors", "compressed-tensors: FP8, INT8, W4A16, NVFP4"}, {"hqq", "HQQ"}, {"aqlm", "AQLM"},
      {"torchao", "torchao"}, {"mxfp4", "MXFP4"}, {"bitnet", "BitNet"}, {"quanto", "Quanto"}, {"eetq", "EETQ"},
      {"higgs", "HIGGS"}, {"vptq", "VPTQ"}, {"spqr", "SpQR"}, {"modelopt", "NVIDIA ModelOpt"}, {"quark", "AMD Quark"},
      {"gguf", "GGUF"}};
  for (const auto& [name, title] : known)
    if (name == method) return title;
  return {};
}

inline Error method_refused(const std::string& field, std::string_view method) {
  const std::string_view title = quantization_title(method);
  return Error(FaultCode::unsupported,
               sentence({field, ": expected bitsandbytes, found ", method.empty() ? "nothing" : printable(method),
                         title.empty() ? "" : " (", title, title.empty() ? "" : ")",
                         "; take the checkpoint that is not quantised (it can be quantised here), or "
                         "dequantise this one with transformers"}));
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
  const std::string_view storage = q.field("bnb_4bit_quant_storage", std::string_view("uint8"));
  bool known = false;
  for (const StoredType type : {StoredType::f32, StoredType::f16, StoredType::bf16, StoredType::f64, StoredType::i8,
                                StoredType::u8}) {
    if (torch_name(type) != storage) continue;
    c.bnb_4bit_quant_storage = type;
    known = true;
  }
  if (!known) q.reject("bnb_4bit_quant_storage", "expected float16, float32, int8, uint8, float64 or bfloat16");
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
      return detail::method_refused(config.file() + ": quantization_config.quant_method", method);
    }
  } else if (config.has("compression_config")) {  // as compressed-tensors wrote it at first
    return detail::method_refused(config.file() + ": compression_config", "compressed-tensors");
  }
  if (auto error = config.faults()) return *std::move(error);
  return read;
}

/// What a caller asks for, by transformers' rules. Errors: invalid_argument, all at once; unsupported.
inline Result<void> check(const BitsAndBytesConfig& c) {
  std::string wrong;
  const auto say = [&](const std::string& what) {
    wrong.append(wrong.empty() ? "" : "\n").append("quantization_config.").append(what);
  };
  if (c.load_in_8bit && c.load_in_4bit)
    say("load_in_4bit: expected only one of load_in_8bit and load_in_4bit, found both");
  else if (!c.load_in_8bit && !c.load_in_4bit)
    say("load_in_4bit: expected one of load_in_8bit and load_in_4bit, found neither");
  if (c.bnb_4bit_quant_type != "nf4" && c.bnb_4bit_quant_type != "fp4")
    say(detail::sentence({"bnb_4bit_quant_type: expected nf4 or fp4, found ",
                          detail::in_quotes(c.bnb_4bit_quant_type)}));
  if (!(c.llm_int8_threshold >= 0) || c.llm_int8_threshold > 1e30f)
    say("llm_int8_threshold: expected a number that is not negative");
  const StoredType compute = c.bnb_4bit_compute_dtype;
  if (compute != StoredType::f32 && compute != StoredType::f16 && compute != StoredType::bf16)
    say(std::string("bnb_4bit_compute_dtype: expected F32, F16 or BF16, found ").append(name(compute)));
  if (c.bnb_4bit_quant_storage != StoredType::u8)
    say(std::string("bnb_4bit_quant_storage: expected U8, found ").append(name(c.bnb_4bit_quant_storage))
            .append(": other types are read, and written as bytes"));
  if (c.llm_int8_has_fp16_weight)
    say("llm_int8_has_fp16_weight: expected false, found true: it keeps 16-bit weights for training");
  if (wrong.empty()) return {};
  return Error(FaultCode::invalid_argument, std::move(wrong));
}

}  // namespace skald
