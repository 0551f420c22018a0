// MPNet: roberta with a bias of relative positions in every layer, one table for all. Song et al. 2020; transformers
// models/mpnet.
#pragma once
#include "skald/model/families/roberta.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

inline constexpr TensorName mpnet_names[] = {
    {Role::token_embedding, "embeddings.word_embeddings"},
    {Role::position_embedding, "embeddings.position_embeddings"},
    {Role::embedding_norm, "embeddings.LayerNorm"},
    {Role::relative_bias, "encoder.relative_attention_bias"},
    {Role::query, "encoder.layer.{l}.attention.attn.q"},
    {Role::key, "encoder.layer.{l}.attention.attn.k"},
    {Role::value, "encoder.layer.{l}.attention.attn.v"},
    {Role::attention_output, "encoder.layer.{l}.attention.attn.o"},
    {Role::attention_sum_norm, "encoder.layer.{l}.attention.LayerNorm"},
    {Role::up, "encoder.layer.{l}.intermediate.dense"},
    {Role::down, "encoder.layer.{l}.output.dense"},
    {Role::feed_forward_sum_norm, "encoder.layer.{l}.output.LayerNorm"},
    {Role::pooler, "pooler.dense"},
    {Role::token_classifier, "classifier"},
    {Role::question_classifier, "qa_outputs"},
};

struct MpNet {
  static constexpr std::string_view model_type = "mpnet", prefix = "mpnet.";
  static constexpr auto names = joined(mpnet_names, roberta_head_names);
  static constexpr HeadStyle heads = Roberta::heads;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_bert_like(c, {.vocab_size = 30527});
    s.token_types = 0;
    s.padding_id = 1;  // whatever pad_token_id says
    s.position_count = PositionCount::after_padding_id;
    s.pooling = Pooling::first_tanh;
    s.encoder.kinds[0].attention.position = Position::relative;
    s.encoder.relative_buckets = 32;
    s.encoder.relative_max_distance = 128;
    if (c.field("relative_attention_num_buckets", 32) != 32)
      c.reject("relative_attention_num_buckets", "expected 32, which distances are counted in");
    return s;
  }
};

}  // namespace families

}  // namespace skald
