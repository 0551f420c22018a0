// Phi-1, 1.5, 2: parallel blocks behind one norm, biases everywhere, a part of each head rotated. transformers
// models/phi.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Phi {
  static constexpr std::string_view model_type = "phi", prefix = "model.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "embed_tokens"},
      {Role::attention_in_norm, "layers.{l}.input_layernorm"},
      {Role::query, "layers.{l}.self_attn.q_proj"},
      {Role::key, "layers.{l}.self_attn.k_proj"},
      {Role::value, "layers.{l}.self_attn.v_proj"},
      {Role::query_norm, "layers.{l}.self_attn.q_layernorm"},
      {Role::key_norm, "layers.{l}.self_attn.k_layernorm"},
      {Role::attention_output, "layers.{l}.self_attn.dense"},
      {Role::up, "layers.{l}.mlp.fc1"},
      {Role::down, "layers.{l}.mlp.fc2"},
      {Role::final_norm, "final_layernorm"},
      {Role::head, "lm_head"},
      {Role::classifier, "score"},
      {Role::token_classifier, "score"},
  };

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s;
    s.vocab_size = c.field("vocab_size", 51200);
    s.hidden_size = c.field("hidden_size", 2048);
    s.max_positions = c.field("max_position_embeddings", 2048);
    s.norm = {NormKind::layer, true, c.field("layer_norm_eps", 1e-5f)};
    s.tied = c.field("tie_word_embeddings", false);
    s.head_bias = true;
    s.decoder.layers = read_layers(c, "num_hidden_layers", 24);
    BlockSpec& b = s.decoder.kinds[0];
    read_heads(c, b.attention, s.hidden_size, "num_attention_heads", "num_key_value_heads", 0, "", 32);
    b.attention.qkv_bias = b.attention.out_bias = b.parallel = b.shared_norm = true;
    if (c.field("qk_layernorm", false)) norm_heads(s);
    b.feed_forward = plain_feed_forward(read_activation(c, "hidden_act", "gelu_new"),
                                        c.field("intermediate_size", 8192), true);
    s.ropes[0] = read_rope(c, b.attention.head_dim, 10000, 0.5f);
    return s;
  }
};

}  // namespace families

}  // namespace skald
