// DistilBERT: bert without token types and pooler, under other names. Sanh et al. 2019; transformers models/distilbert.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct DistilBert {
  static constexpr std::string_view model_type = "distilbert", prefix = "distilbert.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "embeddings.word_embeddings"},
      {Role::position_embedding, "embeddings.position_embeddings"},
      {Role::embedding_norm, "embeddings.LayerNorm"},
      {Role::query, "transformer.layer.{l}.attention.q_lin"},
      {Role::key, "transformer.layer.{l}.attention.k_lin"},
      {Role::value, "transformer.layer.{l}.attention.v_lin"},
      {Role::attention_output, "transformer.layer.{l}.attention.out_lin"},
      {Role::attention_sum_norm, "transformer.layer.{l}.sa_layer_norm"},
      {Role::up, "transformer.layer.{l}.ffn.lin1"},
      {Role::down, "transformer.layer.{l}.ffn.lin2"},
      {Role::feed_forward_sum_norm, "transformer.layer.{l}.output_layer_norm"},
      {Role::classifier_transform, "pre_classifier"},
      {Role::classifier, "classifier"},
      {Role::token_classifier, "classifier"},
      {Role::question_classifier, "qa_outputs"},
      {Role::head_transform, "vocab_transform"},
      {Role::head_norm, "vocab_layer_norm"},
      {Role::head, "vocab_projector"},
      {Role::head_bias, "vocab_projector"},
  };
  static constexpr HeadStyle heads{.pooling = Pooling::first, .transform = true, .bias = true,
                                   .activation = Activation::relu};

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s;
    s.vocab_size = c.field("vocab_size", 30522);
    s.hidden_size = c.field("dim", 768);
    s.max_positions = c.field("max_position_embeddings", 512);
    s.position_table = PositionTable::learned;
    s.position_count = PositionCount::from_zero;
    s.padding_id = c.field("pad_token_id", 0);
    s.norm = {NormKind::layer, true, 1e-12f};
    s.embedding_norm = true;
    s.head = HeadKind::none;
    s.tied = c.field("tie_word_embeddings", true);
    s.encoder.layers = read_layers(c, "n_layers", 6);
    s.encoder.final_norm = false;
    BlockSpec& b = s.encoder.kinds[0];
    b.norms = attention_sum | feed_forward_sum;
    read_heads(c, b.attention, s.hidden_size, "n_heads", "", 0, "", 12);
    b.attention.position = Position::none;
    b.attention.causal = false;
    b.attention.qkv_bias = b.attention.out_bias = true;
    b.feed_forward = plain_feed_forward(read_activation(c, "activation", "gelu"), c.field("hidden_dim", 3072), true);
    return s;
  }
};

}  // namespace families

}  // namespace skald
