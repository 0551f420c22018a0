// BERT: an encoder, norms after the residual additions. Devlin et al. 2018; transformers models/bert.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Bert {
  static constexpr std::string_view model_type = "bert", prefix = "bert.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "embeddings.word_embeddings"},
      {Role::position_embedding, "embeddings.position_embeddings"},
      {Role::type_embedding, "embeddings.token_type_embeddings"},
      {Role::embedding_norm, "embeddings.LayerNorm"},
      {Role::query, "encoder.layer.{l}.attention.self.query"},
      {Role::key, "encoder.layer.{l}.attention.self.key"},
      {Role::value, "encoder.layer.{l}.attention.self.value"},
      {Role::attention_output, "encoder.layer.{l}.attention.output.dense"},
      {Role::attention_sum_norm, "encoder.layer.{l}.attention.output.LayerNorm"},
      {Role::up, "encoder.layer.{l}.intermediate.dense"},
      {Role::down, "encoder.layer.{l}.output.dense"},
      {Role::feed_forward_sum_norm, "encoder.layer.{l}.output.LayerNorm"},
      {Role::pooler, "pooler.dense"},
  };

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s;
    s.vocab_size = c.field("vocab_size", 30522);
    s.hidden_size = c.field("hidden_size", 768);
    s.max_positions = c.field("max_position_embeddings", 512);
    s.position_table = PositionTable::learned;
    s.position_count = PositionCount::from_zero;
    s.padding_id = c.field("pad_token_id", 0);
    s.token_types = c.field("type_vocab_size", 2);
    s.norm = {NormKind::layer, true, c.field("layer_norm_eps", 1e-12f)};
    s.embedding_norm = true;
    s.head = HeadKind::none;
    s.pooling = Pooling::first_tanh;
    s.encoder.layers = read_layers(c, "num_hidden_layers", 12);
    s.encoder.final_norm = false;
    BlockSpec& b = s.encoder.kinds[0];
    b.norms = attention_sum | feed_forward_sum;
    read_heads(c, b.attention, s.hidden_size, "num_attention_heads", "", 0, "", 12);
    b.attention.position = Position::none;
    b.attention.causal = false;
    b.attention.qkv_bias = b.attention.out_bias = true;
    b.feed_forward = plain_feed_forward(read_activation(c, "hidden_act", "gelu"), c.field("intermediate_size", 3072),
                                        true);
    return s;
  }
};

}  // namespace families

}  // namespace skald
