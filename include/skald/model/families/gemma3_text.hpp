// Gemma 3, text: four norms a block, norms on q and k, windows on five layers of six with a rope of their own.
// Gemma Team 2025; transformers models/gemma3.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Gemma3Text {
  static constexpr std::string_view model_type = "gemma3_text", prefix = "model.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "embed_tokens"},
      {Role::attention_in_norm, "layers.{l}.input_layernorm"},
      {Role::query, "layers.{l}.self_attn.q_proj"},
      {Role::key, "layers.{l}.self_attn.k_proj"},
      {Role::value, "layers.{l}.self_attn.v_proj"},
      {Role::query_norm, "layers.{l}.self_attn.q_norm"},
      {Role::key_norm, "layers.{l}.self_attn.k_norm"},
      {Role::attention_output, "layers.{l}.self_attn.o_proj"},
      {Role::attention_out_norm, "layers.{l}.post_attention_layernorm"},
      {Role::feed_forward_in_norm, "layers.{l}.pre_feedforward_layernorm"},
      {Role::gate, "layers.{l}.mlp.gate_proj"},
      {Role::up, "layers.{l}.mlp.up_proj"},
      {Role::down, "layers.{l}.mlp.down_proj"},
      {Role::feed_forward_out_norm, "layers.{l}.post_feedforward_layernorm"},
      {Role::final_norm, "norm"},
      {Role::head, "lm_head"},
  };

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s;
    s.vocab_size = c.field("vocab_size", 262208);
    s.hidden_size = c.field("hidden_size", 2304);
    s.max_positions = c.field("max_position_embeddings", 131072);
    s.norm = {NormKind::rms_plus_one, false, c.field("rms_norm_eps", 1e-6f)};
    s.embedding_scale = float(square_root(s.hidden_size));
    s.tied = c.field("tie_word_embeddings", true);
    s.logit_softcap = c.field("final_logit_softcapping", 0.0f);
    s.decoder.layers = read_layers(c, "num_hidden_layers", 26);
    BlockSpec& full = s.decoder.kinds[0];
    full.norms = attention_in | attention_out | feed_forward_in | feed_forward_out;
    AttentionSpec& a = full.attention;
    read_heads(c, a, s.hidden_size, "num_attention_heads", "num_key_value_heads", 4, "head_dim", 8, 256);
    a.scale = inverse_root(c.field("query_pre_attn_scalar", 256.0));
    a.qkv_bias = a.out_bias = c.field("attention_bias", false);
    a.qk_norm = QkNorm::per_head;
    a.qk_norm_spec = s.norm;
    a.causal = !c.field("use_bidirectional_attention", false);
    full.feed_forward.inner = c.field("intermediate_size", 9216);
    full.feed_forward.activation = read_activation(c, "hidden_activation", "gelu_pytorch_tanh");
    BlockSpec& sliding = s.decoder.kinds[1] = full;
    sliding.attention.rope = 1;
    sliding.attention.window = c.field("sliding_window", 4096);
    if (!a.causal) sliding.attention.window = sliding.attention.window / 2 + 1;
    const auto nested = c.child("rope_parameters");
    if (nested.has("full_attention")) {
      s.ropes[0] = read_rope_from(c, nested.child("full_attention"), a.head_dim, 1e6f);
      s.ropes[1] = read_rope_from(c, nested.child("sliding_attention"), a.head_dim, 10000);
    } else {
      s.ropes[0] = read_rope_from(c, c.child("rope_scaling"), a.head_dim, 1e6f);
      s.ropes[1] = {.theta = c.field("rope_local_base_freq", 10000.0f), .dim = a.head_dim};
    }
    const std::int32_t pattern = c.field("sliding_window_pattern", 6);
    if (pattern <= 0) c.reject("sliding_window_pattern", "expected a positive number");
    read_layer_types(c, s.decoder, 0, 1, [&](std::int32_t l) { return pattern <= 0 || (l + 1) % pattern != 0; });
    return s;
  }
};

}  // namespace families

}  // namespace skald
