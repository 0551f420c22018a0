// Falcon: 7B (one key head), 40B, 180B and 11B (groups, two norms), RW (alibi, one after the other). Almazrouei et al.
// 2023; transformers models/falcon.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Falcon {
  static constexpr std::string_view model_type = "falcon", prefix = "transformer.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "word_embeddings"},
      {Role::attention_in_norm, "h.{l}.input_layernorm"},
      {Role::attention_in_norm, "h.{l}.ln_attn"},
      {Role::query, "h.{l}.self_attention.query_key_value", Part::query_group},
      {Role::key, "h.{l}.self_attention.query_key_value", Part::key_group},
      {Role::value, "h.{l}.self_attention.query_key_value", Part::value_group},
      {Role::attention_output, "h.{l}.self_attention.dense"},
      {Role::feed_forward_in_norm, "h.{l}.post_attention_layernorm"},
      {Role::feed_forward_in_norm, "h.{l}.ln_mlp"},
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
    s.vocab_size = c.field("vocab_size", 65024);
    s.hidden_size = c.field("n_embed", c.field("hidden_size", 4544));
    s.max_positions = c.field("max_position_embeddings", 2048);
    s.norm = {NormKind::layer, true, c.field("layer_norm_epsilon", 1e-5f)};
    s.tied = c.field("tie_word_embeddings", true);
    s.decoder.layers = read_layers(c, "num_hidden_layers", 32);
    BlockSpec& b = s.decoder.kinds[0];
    AttentionSpec& a = b.attention;
    const bool grouped = c.field("new_decoder_architecture", false), bias = c.field("bias", false);
    read_heads(c, a, s.hidden_size, "num_attention_heads", grouped ? "num_kv_heads" : "", 0, "", 71);
    if (!grouped && c.field("multi_query", true)) a.kv_heads = 1;
    a.qkv_bias = a.out_bias = bias;
    b.parallel = grouped || c.field("parallel_attn", true);
    b.shared_norm = b.parallel && !(grouped && c.field("num_ln_in_parallel_attn", 2) == 2);
    b.feed_forward = plain_feed_forward(read_activation(c, "activation", "gelu"),
                                        c.field("ffn_hidden_size", four_times(s.hidden_size)), bias);
    if (c.field("alibi", false)) {  // the bias, in bfloat16, is scaled as the scores are
      s.position_count = PositionCount::from_mask;
      a.position = Position::alibi;
      a.alibi_scale = a.scale;
      a.alibi_bfloat16 = true;
    } else {
      s.ropes[0] = read_rope(c, a.head_dim, 10000);
    }
    return s;
  }
};

}  // namespace families

}  // namespace skald
