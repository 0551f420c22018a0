// What a sentence-transformers folder does with hidden states: pooling, products, normalisation. modules.json.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "skald/io/checkpoint.hpp"
#include "skald/io/json_config.hpp"
#include "skald/ops/reference/activation.hpp"
#include "skald/pipelines/embeddings.hpp"
#include "skald/precision/half.hpp"
#include "skald/text/tokenizer_folder.hpp"

namespace skald::inline SKALD_ABI {

enum class PoolingMode : std::uint8_t { cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken };

namespace detail {

/// Several modes stand beside each other.
struct PoolingModule {
  std::vector<PoolingMode> modes{PoolingMode::mean};
  bool include_prompt = true;
};

/// y = f(W x + b); W [out, in].
struct DenseModule {
  std::size_t in = 0, out = 0;
  std::vector<float> weight, bias;
  Activation activation = Activation::tanh;
};

struct NormalizeModule {};

using SentenceModule = std::variant<PoolingModule, DenseModule, NormalizeModule>;

/// One row of tokens [n, width] -> [modes * width]. `prompt`: tokens that are left out, where that leaves some.
/// weightedmean: the i-th token of the text counts i times. Accumulates in double.
inline void pool_tokens(const PoolingModule& pooling, std::span<const float> tokens, std::size_t width,
                        std::size_t prompt, std::vector<float>& to) {
  const std::size_t n = tokens.size() / width, first = !pooling.include_prompt && prompt < n ? prompt : 0;
  for (const PoolingMode mode : pooling.modes)
    for (std::size_t k = 0; k < width; ++k) {
      const auto at = [&](std::size_t t) { return tokens[t * width + k]; };
      if (mode == PoolingMode::cls || mode == PoolingMode::lasttoken) {
        to.push_back(at(mode == PoolingMode::cls ? first : n - 1));
        continue;
      }
      double sum = 0, weights = 0;
      float most = -std::numeric_limits<float>::infinity();
      for (std::size_t t = first; t < n; ++t) {
        const double weight = mode == PoolingMode::weightedmean ? double(t + 1) : 1;
        sum += weight * at(t), weights += weight, most = std::max(most, at(t));
      }
      if (mode == PoolingMode::mean_sqrt_len_tokens) weights = std::sqrt(weights);
      to.push_back(mode == PoolingMode::max ? most : float(sum / weights));
    }
}

inline void apply(const DenseModule& dense, std::vector<float>& row) {
  std::vector<float> out(dense.out);
  for (std::size_t o = 0; o < dense.out; ++o) {
    double sum = dense.bias.empty() ? 0 : dense.bias[o];
    for (std::size_t i = 0; i < dense.in; ++i) sum += double(dense.weight[o * dense.in + i]) * row[i];
    out[o] = activate_one(dense.activation, float(sum));
  }
  row = std::move(out);
}

/// Stored numbers as floats.
inline std::vector<float> widen(StoredType type, const std::byte* from, std::size_t n) {
  std::vector<float> to(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (type == StoredType::f32) std::memcpy(&to[i], from + 4 * i, 4);
    std::uint16_t bits = 0;
    if (type != StoredType::f32) std::memcpy(&bits, from + 2 * i, 2);
    if (type == StoredType::f16) to[i] = to_float(fp16_t{bits});
    if (type == StoredType::bf16) to[i] = to_float(bf16_t{bits});
  }
  return to;
}

/// torch.nn.modules.activation.Tanh and so on, by the class.
inline Result<Activation> read_torch_activation(const JsonConfig& config, std::string_view key,
                                                std::string_view fallback) {
  const std::string_view path = config.field(key, fallback), name = path.substr(path.rfind('.') + 1);
  if (name == "Identity") return Activation::identity;
  if (name == "Tanh") return Activation::tanh;
  if (name == "ReLU") return Activation::relu;
  if (name == "GELU") return Activation::gelu;
  if (name == "SiLU") return Activation::silu;
  return Error(FaultCode::unsupported, config.file() + ": " + std::string(key) +
                                           ": expected Identity, Tanh, ReLU, GELU or SiLU of torch.nn, found " +
                                           std::string(path));
}

inline Result<SentenceModule> read_dense(const std::filesystem::path& folder, const JsonConfig& config) {
  DenseModule dense;
  dense.in = std::size_t(std::max(0, config.field("in_features", 0)));
  dense.out = std::size_t(std::max(0, config.field("out_features", 0)));
  for (const char* key : {"in_features", "out_features"})
    if (const std::int32_t n = config.field(key, 0); n < 1 || n > 1 << 20) config.reject(key, "expected 1 to 1048576");
  if (config.field("use_residual", false)) config.reject("use_residual", "is not supported yet, expected false");
  if (config.field("module_input_name", std::string_view("sentence_embedding")) != "sentence_embedding")
    config.reject("module_input_name", "expected sentence_embedding");
  if (auto faults = config.faults()) return *std::move(faults);
  Result<Activation> activation =
      read_torch_activation(config, "activation_function", "torch.nn.modules.activation.Tanh");
  if (!activation) return std::move(activation).error();
  dense.activation = *activation;
  Result<Checkpoint> file = Checkpoint::try_open(folder / "model.safetensors");
  if (!file) return std::move(file).error();
  Result<StoredWeight> weight = file->weight("linear.weight", index_t(dense.out), index_t(dense.in));
  if (!weight) return std::move(weight).error().in(folder.filename().string());
  dense.weight = widen(weight->type, weight->data, dense.in * dense.out);
  if (config.field("bias", true)) {
    Result<StoredTensor> bias = file->vector("linear.bias", index_t(dense.out));
    if (!bias) return std::move(bias).error().in(folder.filename().string());
    dense.bias = widen(bias->type, bias->bytes.data(), dense.out);
  }
  return SentenceModule(std::move(dense));
}

/// `pooling_mode` (a name or a list), or a switch for each mode as older folders have it.
inline Result<SentenceModule> read_pooling(const JsonConfig& config) {
  static constexpr std::pair<std::string_view, std::string_view> modes[] = {
      {"cls", "pooling_mode_cls_token"}, {"max", "pooling_mode_max_tokens"}, {"mean", "pooling_mode_mean_tokens"},
      {"mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens"},
      {"weightedmean", "pooling_mode_weightedmean_tokens"}, {"lasttoken", "pooling_mode_lasttoken"}};
  PoolingModule pooling;
  pooling.include_prompt = config.field("include_prompt", true);
  std::vector<PoolingMode> found;
  const auto add = [&](std::string_view name) {
    for (std::size_t i = 0; i < std::size(modes); ++i)
      if (modes[i].first == name) return found.push_back(PoolingMode(i));
    config.reject("pooling_mode", "expected cls, max, mean, mean_sqrt_len_tokens, weightedmean or lasttoken");
  };
  if (config.is_array("pooling_mode")) {
    for (std::int32_t i = 0; i < config.size("pooling_mode"); ++i)
      add(config.at("pooling_mode", i, std::string_view()));
  } else if (config.has("pooling_mode")) {
    add(config.field("pooling_mode", std::string_view()));
  } else {
    for (const auto& [name, key] : modes)
      if (config.field(key, false)) add(name);
  }
  if (!found.empty()) pooling.modes = std::move(found);
  if (auto faults = config.faults()) return *std::move(faults);
  return SentenceModule(std::move(pooling));
}

/// What modules.json of a folder says: where the transformer lies, and what follows it.
struct SentenceModules {
  std::filesystem::path transformer;
  std::vector<SentenceModule> modules;
};

inline Result<SentenceModules> read_sentence_modules(const std::filesystem::path& folder) {
  SentenceModules all{folder, {}};
  if (!has_file(folder, "modules.json")) {  // a transformers folder: mean pooling, as sentence-transformers does then
    all.modules.emplace_back(PoolingModule{});
    return all;
  }
  Result<JsonDocument> list = read_json(folder / "modules.json");
  if (!list) return std::move(list).error();
  for (std::size_t i = 0; i < list->root().size(); ++i) {
    const JsonConfig entry(list->root()[i], "modules.json: [" + std::to_string(i) + "]");
    const std::string_view type = entry.field("type", std::string_view()), kind = type.substr(type.rfind('.') + 1);
    const std::string_view inside = entry.field("path", std::string_view());
    if (inside.find("..") != inside.npos || inside.starts_with("/"))
      entry.reject("path", "expected a path inside the folder");
    const std::filesystem::path path = inside.empty() ? folder : folder / inside;
    if (auto faults = entry.faults()) return *std::move(faults);
    if ((kind == "Transformer") != (i == 0))
      return Error(FaultCode::unsupported, entry.file() + ": type: expected a Transformer first and no other, found " +
                                               std::string(type));
    if (kind == "Transformer") all.transformer = path;
    else if (kind == "Normalize") all.modules.emplace_back(NormalizeModule{});
    else if (kind == "Pooling" || kind == "Dense") {
      Result<JsonDocument> file = read_json(path / "config.json");
      if (!file) return std::move(file).error();
      const JsonConfig config(file->root(), (path.filename() / "config.json").string());
      Result<SentenceModule> module = kind == "Dense" ? read_dense(path, config) : read_pooling(config);
      if (!module) return std::move(module).error();
      all.modules.push_back(*std::move(module));
    } else if (kind != "Dropout") {
      return Error(FaultCode::unsupported, entry.file() + ": type: expected Transformer, Pooling, Dense, Normalize or "
                                                          "Dropout, found " + std::string(type));
    }
  }
  if (all.modules.empty() || !std::holds_alternative<PoolingModule>(all.modules[0]))
    return Error(FaultCode::unsupported, "modules.json: expected a Pooling behind the Transformer, found none");
  return all;
}

}  // namespace detail

}  // namespace skald
