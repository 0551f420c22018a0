// BLOOM: alibi, a norm behind the embedding, q, k and v interleaved by head. Le Scao et al. 2022; transformers
// models/bloom.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Bloom {
  static constexpr std::string_view model_type = "bloom", prefix = "transformer.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "word_embeddings"},
      {Role::embedding_norm, "word_embeddings_layernorm"},
      {Role::attention_in_norm, "h.{l}.input_layernorm"},
      {Role::query, "h.{l}.self_attention.query_key_value", Part::query_group},
      {Role::key, "h.{l}.self_attention.query_key_value", Part::key_group},
      {Role::value, "h.{l}.self_attention.query_key_value", Part::value_group},
      {Role::attention_output, "h.{l}.self_attention.dense"},
      {Role::feed_forward_in_norm, "h.{l}.post_attention_layernorm"},
      {Role::up, "h.{l}.mlp.dense_h_to_4h"},
      {Role::down, "h.{l}.mlp.dense_4h_to_h"},
      {Role::final_norm, "ln_f"},
      {Role::head, "lm_head"},
      {Role::classifier, "score"},
      {Role::token_classifier, "classifier"},
  };

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s;
    s.vocab_size = c.field("vocab_size", 250880);
    s.hidden_size = c.field("n_embed", c.field("hidden_size", 64));
    s.max_positions = c.field("seq_length", 2048);  // what it was trained on; nothing ends there
    s.position_count = PositionCount::from_mask;
    s.norm = {NormKind::layer, true, c.field("layer_norm_epsilon", 1e-5f)};
    s.embedding_norm = true;
    s.tied = c.field("tie_word_embeddings", true);
    s.decoder.layers = read_layers(c, c.has("n_layer") ? "n_layer" : "num_hidden_layers", 2);
    BlockSpec& b = s.decoder.kinds[0];
    read_heads(c, b.attention, s.hidden_size, c.has("n_head") ? "n_head" : "num_attention_heads", "", 0, "", 8);
    b.attention.position = Position::alibi;
    b.attention.qkv_bias = b.attention.out_bias = true;
    b.residual_from_norm = c.field("apply_residual_connection_post_layernorm", false);
    b.feed_forward = plain_feed_forward(Activation::gelu_tanh, four_times(s.hidden_size), true);
    return s;
  }
};

}  // namespace families

}  // namespace skald
