// BERT: an encoder, norms after the residual additions. Devlin et al. 2018; transformers models/bert.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

/// transformers' defaults of a class that is like bert's, under the names that its config has.
struct BertDefaults {
  std::int32_t vocab_size = 30522, hidden_size = 768, num_hidden_layers = 12, num_attention_heads = 12;
  std::int32_t intermediate_size = 3072, type_vocab_size = 2;
  std::string_view hidden_act = "gelu";
};

/// What bert and its descendants share: norms behind the sums, attention both ways, a table of positions.
template <class C>
constexpr ModelSpec read_bert_like(const C& c, const BertDefaults& d) {
  ModelSpec s;
  s.vocab_size = c.field("vocab_size", d.vocab_size);
  s.hidden_size = c.field("hidden_size", d.hidden_size);
  s.max_positions = c.field("max_position_embeddings", 512);
  s.position_table = PositionTable::learned;
  s.position_count = PositionCount::from_zero;
  s.token_types = c.field("type_vocab_size", d.type_vocab_size);
  s.norm = {NormKind::layer, true, c.field("layer_norm_eps", 1e-12f)};
  s.embedding_norm = true;
  s.head = HeadKind::none;
  s.tied = c.field("tie_word_embeddings", true);
  s.encoder.layers = read_layers(c, "num_hidden_layers", d.num_hidden_layers);
  s.encoder.final_norm = false;
  BlockSpec& b = s.encoder.kinds[0];
  b.norms = attention_sum | feed_forward_sum;
  read_heads(c, b.attention, s.hidden_size, "num_attention_heads", "", 0, "", d.num_attention_heads);
  b.attention.position = Position::none;
  b.attention.causal = false;
  b.attention.qkv_bias = b.attention.out_bias = true;
  b.feed_forward = plain_feed_forward(read_activation(c, "hidden_act", d.hidden_act),
                                      c.field("intermediate_size", d.intermediate_size), true);
  return s;
}

inline constexpr TensorName bert_names[] = {
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
    {Role::token_classifier, "classifier"},
    {Role::question_classifier, "qa_outputs"},
};
inline constexpr TensorName bert_head_names[] = {
    {Role::classifier, "classifier"},
    {Role::head_transform, "cls.predictions.transform.dense"},
    {Role::head_norm, "cls.predictions.transform.LayerNorm"},
    {Role::head, "cls.predictions.decoder"},
    {Role::head_bias, "cls.predictions"},
};

struct Bert {
  static constexpr std::string_view model_type = "bert", prefix = "bert.";
  static constexpr auto names = joined(bert_names, bert_head_names);
  static constexpr HeadStyle heads{.pooling = Pooling::first_tanh, .bias = true};

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_bert_like(c, {});
    s.padding_id = c.field("pad_token_id", 0);
    s.pooling = Pooling::first_tanh;
    return s;
  }
};

}  // namespace families

}  // namespace skald
