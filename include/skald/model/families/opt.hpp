// OPT: learned positions two rows into their table, relu, norms before or after. Zhang et al. 2022; transformers
// models/opt.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Opt {
  static constexpr std::string_view model_type = "opt", prefix = "model.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "decoder.embed_tokens"},
      {Role::position_embedding, "decoder.embed_positions"},
      {Role::embedding_projection, "decoder.project_in"},
      {Role::head_projection, "decoder.project_out"},
      {Role::attention_in_norm, "decoder.layers.{l}.self_attn_layer_norm"},
      {Role::attention_sum_norm, "decoder.layers.{l}.self_attn_layer_norm"},
      {Role::query, "decoder.layers.{l}.self_attn.q_proj"},
      {Role::key, "decoder.layers.{l}.self_attn.k_proj"},
      {Role::value, "decoder.layers.{l}.self_attn.v_proj"},
      {Role::attention_output, "decoder.layers.{l}.self_attn.out_proj"},
      {Role::feed_forward_in_norm, "decoder.layers.{l}.final_layer_norm"},
      {Role::feed_forward_sum_norm, "decoder.layers.{l}.final_layer_norm"},
      {Role::up, "decoder.layers.{l}.fc1"},
      {Role::down, "decoder.layers.{l}.fc2"},
      {Role::final_norm, "decoder.final_layer_norm"},
      {Role::head, "lm_head"},
      {Role::classifier, "score"},
  };

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s;
    s.vocab_size = c.field("vocab_size", 50272);
    s.hidden_size = c.field("hidden_size", 768);
    s.embedding_size = c.field("word_embed_proj_dim", s.hidden_size);
    if (s.embedding_size != s.hidden_size) s.projection = Projection::before_positions;
    s.max_positions = c.field("max_position_embeddings", 2048);
    s.position_table = PositionTable::learned;
    s.position_offset = 2;
    s.position_count = PositionCount::from_mask;
    const bool affine = c.field("layer_norm_elementwise_affine", true);
    s.norm = {affine ? NormKind::layer : NormKind::layer_plain, affine, 1e-5f};
    s.tied = c.field("tie_word_embeddings", true);
    s.decoder.layers = read_layers(c, "num_hidden_layers", 12);
    BlockSpec& b = s.decoder.kinds[0];
    const bool before = c.field("do_layer_norm_before", true), bias = c.field("enable_bias", true);
    b.norms = before ? attention_in | feed_forward_in : attention_sum | feed_forward_sum;
    s.decoder.final_norm = before && !c.field("_remove_final_layer_norm", false);
    read_heads(c, b.attention, s.hidden_size, "num_attention_heads", "", 0, "", 12);
    b.attention.position = Position::none;
    b.attention.qkv_bias = b.attention.out_bias = bias;
    b.feed_forward = plain_feed_forward(read_activation(c, "activation_function", "relu"), c.field("ffn_dim", 3072),
                                        bias);
    return s;
  }
};

}  // namespace families

}  // namespace skald
