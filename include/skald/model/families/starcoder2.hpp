// StarCoder2: layer norms, rotary attention, a plain feed-forward. Lozhkov et al. 2024; transformers models/starcoder2.
#pragma once
#include "skald/model/families/llama.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Starcoder2 {
  static constexpr std::string_view model_type = "starcoder2", prefix = "model.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "embed_tokens"},
      {Role::attention_in_norm, "layers.{l}.input_layernorm"},
      {Role::query, "layers.{l}.self_attn.q_proj"},
      {Role::key, "layers.{l}.self_attn.k_proj"},
      {Role::value, "layers.{l}.self_attn.v_proj"},
      {Role::attention_output, "layers.{l}.self_attn.o_proj"},
      {Role::feed_forward_in_norm, "layers.{l}.post_attention_layernorm"},
      {Role::up, "layers.{l}.mlp.c_fc"},
      {Role::down, "layers.{l}.mlp.c_proj"},
      {Role::final_norm, "norm"},
      {Role::head, "lm_head"},
      {Role::classifier, "score"},
      {Role::token_classifier, "score"},
  };

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {.vocab_size = 49152, .hidden_size = 3072, .intermediate_size = 12288,
                                      .num_hidden_layers = 30, .num_attention_heads = 24, .num_key_value_heads = 2,
                                      .max_position_embeddings = 4096, .tied = true});
    s.norm = {NormKind::layer, true, c.field("norm_epsilon", 1e-5f)};
    BlockSpec& b = s.decoder.kinds[0];
    b.attention.window = c.field("sliding_window", 0);
    b.attention.qkv_bias = b.attention.out_bias = c.field("use_bias", true);
    b.feed_forward = plain_feed_forward(read_activation(c, "hidden_act", "gelu_pytorch_tanh"), b.feed_forward.inner,
                                        b.attention.out_bias);
    return s;
  }
};

}  // namespace families

}  // namespace skald
