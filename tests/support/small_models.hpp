// Small models of several families: the same fields as a constant spec and as the text of a config.json.
#pragma once
#include <charconv>
#include <span>
#include <string>
#include <string_view>

#include "skald/model/families.hpp"
#include "skald/model/fixed_config.hpp"

namespace support {

using Fields = std::span<const skald::ConfigField>;
using skald::ConfigField;

inline constexpr ConfigField llama_fields[] = {
    {"vocab_size", 96}, {"hidden_size", 32}, {"num_hidden_layers", 3}, {"num_attention_heads", 4},
    {"num_key_value_heads", 2}, {"head_dim", 8}, {"intermediate_size", 72}, {"max_position_embeddings", 128},
    {"rms_norm_eps", 1e-5}, {"rope_theta", 5000.0}};
inline constexpr ConfigField gpt2_fields[] = {
    {"vocab_size", 80}, {"n_embd", 36}, {"n_layer", 2}, {"n_head", 3}, {"n_positions", 64},
    {"layer_norm_epsilon", 1e-5}};
inline constexpr ConfigField gemma3_fields[] = {
    {"vocab_size", 112}, {"hidden_size", 24}, {"num_hidden_layers", 3}, {"num_attention_heads", 4},
    {"num_key_value_heads", 1}, {"head_dim", 16}, {"intermediate_size", 40}, {"max_position_embeddings", 128},
    {"sliding_window", 5}, {"sliding_window_pattern", 2}, {"query_pre_attn_scalar", 20.0},
    {"final_logit_softcapping", 12.0}};
inline constexpr ConfigField mixtral_fields[] = {
    {"vocab_size", 64}, {"hidden_size", 16}, {"num_hidden_layers", 2}, {"num_attention_heads", 2},
    {"num_key_value_heads", 1}, {"intermediate_size", 24}, {"num_local_experts", 4}, {"num_experts_per_tok", 2},
    {"max_position_embeddings", 64}};
inline constexpr ConfigField gpt_neox_fields[] = {
    {"vocab_size", 72}, {"hidden_size", 32}, {"num_hidden_layers", 2}, {"num_attention_heads", 4},
    {"intermediate_size", 48}, {"max_position_embeddings", 64}, {"rotary_pct", 0.5}};
inline constexpr ConfigField bert_fields[] = {
    {"vocab_size", 60}, {"hidden_size", 24}, {"num_hidden_layers", 2}, {"num_attention_heads", 3},
    {"intermediate_size", 40}, {"max_position_embeddings", 32}};

template <class Family>
constexpr skald::ModelSpec spec_from(Fields fields) { return Family::spec(skald::FixedConfig(fields)); }

inline constexpr skald::ModelSpec small_llama = spec_from<skald::families::Llama>(llama_fields);
inline constexpr skald::ModelSpec small_gpt2 = spec_from<skald::families::Gpt2>(gpt2_fields);
inline constexpr skald::ModelSpec small_gemma3 = spec_from<skald::families::Gemma3Text>(gemma3_fields);
inline constexpr skald::ModelSpec small_mixtral = spec_from<skald::families::Mixtral>(mixtral_fields);
inline constexpr skald::ModelSpec small_gpt_neox = spec_from<skald::families::GptNeox>(gpt_neox_fields);
inline constexpr skald::ModelSpec small_bert = spec_from<skald::families::Bert>(bert_fields);

/// {"model_type": ..., fields, more}; `more` begins with a comma.
inline std::string config_text(std::string_view model_type, Fields fields, std::string_view more = {}) {
  std::string text("{\"model_type\":\"");
  text.append(model_type).append("\"");
  for (const ConfigField& f : fields) {
    text.append(",\"").append(f.name).append("\":");
    char digits[32];
    if (!f.text.empty()) text.append("\"").append(f.text).append("\"");
    else text.append(digits, std::to_chars(digits, digits + sizeof digits, f.number).ptr);
  }
  return text.append(more).append("}");
}

}  // namespace support
