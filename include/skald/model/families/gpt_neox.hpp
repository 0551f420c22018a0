// GPT-NeoX, Pythia: parallel blocks, a part of each head rotated, q, k and v interleaved by head. Black et al. 2022.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct GptNeox {
  static constexpr std::string_view model_type = "gpt_neox", prefix = "gpt_neox.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "embed_in"},
      {Role::attention_in_norm, "layers.{l}.input_layernorm"},
      {Role::query, "layers.{l}.attention.query_key_value", Part::query_group},
      {Role::key, "layers.{l}.attention.query_key_value", Part::key_group},
      {Role::value, "layers.{l}.attention.query_key_value", Part::value_group},
      {Role::attention_output, "layers.{l}.attention.dense"},
      {Role::feed_forward_in_norm, "layers.{l}.post_attention_layernorm"},
      {Role::up, "layers.{l}.mlp.dense_h_to_4h"},
      {Role::down, "layers.{l}.mlp.dense_4h_to_h"},
      {Role::final_norm, "final_layer_norm"},
      {Role::head, "embed_out"},
      {Role::head, "lm_head"},
      {Role::classifier, "score"},
      {Role::token_classifier, "classifier"},
  };

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s;
    s.vocab_size = c.field("vocab_size", 50432);
    s.hidden_size = c.field("hidden_size", 6144);
    s.max_positions = c.field("max_position_embeddings", 2048);
    s.norm = {NormKind::layer, true, c.field("layer_norm_eps", 1e-5f)};
    s.tied = c.field("tie_word_embeddings", false);
    s.decoder.layers = read_layers(c, "num_hidden_layers", 44);
    BlockSpec& b = s.decoder.kinds[0];
    read_heads(c, b.attention, s.hidden_size, "num_attention_heads", "", 0, "", 64);
    b.attention.qkv_bias = b.attention.out_bias = c.field("attention_bias", true);
    b.parallel = c.field("use_parallel_residual", true);
    b.feed_forward = plain_feed_forward(read_activation(c, "hidden_act", "gelu"), c.field("intermediate_size", 24576),
                                        true);
    s.ropes[0] = read_rope(c, b.attention.head_dim, c.field("rotary_emb_base", 10000.0f), c.field("rotary_pct", 0.25f));
    return s;
  }
};

}  // namespace families

}  // namespace skald
