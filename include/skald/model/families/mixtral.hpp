// Mixtral: mistral's attention, experts in every layer. Jiang et al. 2024; transformers models/mixtral.
#pragma once
#include "skald/model/families/llama.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Mixtral {
  static constexpr std::string_view model_type = "mixtral", prefix = "model.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "embed_tokens"},
      {Role::attention_in_norm, "layers.{l}.input_layernorm"},
      {Role::query, "layers.{l}.self_attn.q_proj"},
      {Role::key, "layers.{l}.self_attn.k_proj"},
      {Role::value, "layers.{l}.self_attn.v_proj"},
      {Role::attention_output, "layers.{l}.self_attn.o_proj"},
      {Role::feed_forward_in_norm, "layers.{l}.post_attention_layernorm"},
      {Role::router, "layers.{l}.block_sparse_moe.gate"},
      {Role::expert_gate, "layers.{l}.block_sparse_moe.experts.{e}.w1"},
      {Role::expert_up, "layers.{l}.block_sparse_moe.experts.{e}.w3"},
      {Role::expert_down, "layers.{l}.block_sparse_moe.experts.{e}.w2"},
      {Role::final_norm, "norm"},
      {Role::head, "lm_head"},
      {Role::classifier, "score"},
      {Role::token_classifier, "score"},
  };

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {.intermediate_size = 14336, .num_key_value_heads = 8,
                                      .max_position_embeddings = 131072, .rms_norm_eps = 1e-5f, .rope_theta = 1e6f});
    BlockSpec& b = s.decoder.kinds[0];
    b.attention.window = c.field("sliding_window", 0);
    b.feed_forward.kind = FeedForward::experts;
    b.feed_forward.experts = c.field("num_local_experts", 8);
    b.feed_forward.experts_per_token = c.field("num_experts_per_tok", 2);
    return s;
  }
};

}  // namespace families

}  // namespace skald
