// Llama 1 to 3.x. Touvron et al. 2023; transformers models/llama.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

/// What llama and its many descendants share: pre-norm blocks, rotary attention, a gated feed-forward.
template <class C>
constexpr ModelSpec read_llama_like(const C& c, std::int32_t max_positions, float eps, float theta,
                                    std::int32_t default_kv = 0, std::int32_t default_dim = 0) {
  ModelSpec s;
  s.vocab_size = c.field("vocab_size", 32000);
  s.hidden_size = c.field("hidden_size", 4096);
  s.max_positions = c.field("max_position_embeddings", max_positions);
  s.norm = {NormKind::rms, false, c.field("rms_norm_eps", eps)};
  s.decoder.layers = read_layers(c, "num_hidden_layers", 32);
  s.tied = c.field("tie_word_embeddings", false);
  BlockSpec& b = s.decoder.kinds[0];
  read_heads(c, b.attention, s.hidden_size, "num_attention_heads", "num_key_value_heads", default_kv, "head_dim", 32,
             default_dim);
  b.feed_forward.inner = c.field("intermediate_size", 11008);
  b.feed_forward.activation = read_activation(c, "hidden_act", "silu");
  s.ropes[0] = read_rope(c, b.attention.head_dim, theta);
  return s;
}

/// The tensors of that layer; families with more lines of their own put them in front.
inline constexpr TensorName llama_names[] = {
    {Role::token_embedding, "embed_tokens"},
    {Role::attention_in_norm, "layers.{l}.input_layernorm"},
    {Role::query, "layers.{l}.self_attn.q_proj"},
    {Role::key, "layers.{l}.self_attn.k_proj"},
    {Role::value, "layers.{l}.self_attn.v_proj"},
    {Role::attention_output, "layers.{l}.self_attn.o_proj"},
    {Role::feed_forward_in_norm, "layers.{l}.post_attention_layernorm"},
    {Role::gate, "layers.{l}.mlp.gate_proj"},
    {Role::up, "layers.{l}.mlp.up_proj"},
    {Role::down, "layers.{l}.mlp.down_proj"},
    {Role::final_norm, "norm"},
    {Role::head, "lm_head"},
};

struct Llama {
  static constexpr std::string_view model_type = "llama", prefix = "model.";
  static constexpr const auto& names = llama_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, 2048, 1e-6f, 10000);
    BlockSpec& b = s.decoder.kinds[0];
    b.attention.qkv_bias = b.attention.out_bias = c.field("attention_bias", false);
    b.feed_forward.in_bias = b.feed_forward.out_bias = c.field("mlp_bias", false);
    return s;
  }
};

}  // namespace families

}  // namespace skald
