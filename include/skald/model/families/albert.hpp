// ALBERT: bert with a narrow embedding, and layers that share their weights. Lan et al. 2019; transformers
// models/albert.
#pragma once
#include "skald/model/families/bert.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Albert {
  static constexpr std::string_view model_type = "albert", prefix = "albert.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "embeddings.word_embeddings"},
      {Role::position_embedding, "embeddings.position_embeddings"},
      {Role::type_embedding, "embeddings.token_type_embeddings"},
      {Role::embedding_norm, "embeddings.LayerNorm"},
      {Role::embedding_projection, "encoder.embedding_hidden_mapping_in"},
      {Role::query, "encoder.albert_layer_groups.{l}.albert_layers.{i}.attention.query"},
      {Role::key, "encoder.albert_layer_groups.{l}.albert_layers.{i}.attention.key"},
      {Role::value, "encoder.albert_layer_groups.{l}.albert_layers.{i}.attention.value"},
      {Role::attention_output, "encoder.albert_layer_groups.{l}.albert_layers.{i}.attention.dense"},
      {Role::attention_sum_norm, "encoder.albert_layer_groups.{l}.albert_layers.{i}.attention.LayerNorm"},
      {Role::up, "encoder.albert_layer_groups.{l}.albert_layers.{i}.ffn"},
      {Role::down, "encoder.albert_layer_groups.{l}.albert_layers.{i}.ffn_output"},
      {Role::feed_forward_sum_norm, "encoder.albert_layer_groups.{l}.albert_layers.{i}.full_layer_layer_norm"},
      {Role::pooler, "pooler"},
      {Role::classifier, "classifier"},
      {Role::token_classifier, "classifier"},
      {Role::question_classifier, "qa_outputs"},
      {Role::head_transform, "predictions.dense"},
      {Role::head_norm, "predictions.LayerNorm"},
      {Role::head, "predictions.decoder"},
      {Role::head_bias, "predictions"},
  };
  static constexpr HeadStyle heads{.pooling = Pooling::first_tanh, .bias = true};

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_bert_like(c, {.vocab_size = 30000, .hidden_size = 4096, .num_attention_heads = 64,
                                     .intermediate_size = 16384, .hidden_act = "gelu_new"});
    s.padding_id = c.field("pad_token_id", 0);
    s.embedding_size = c.field("embedding_size", 128);
    s.projection = Projection::after_norm;
    s.projection_bias = true;
    s.pooling = Pooling::first_tanh;
    const std::int32_t groups = c.field("num_hidden_groups", 1);
    if (groups < 1 || groups > s.encoder.layers) c.reject("num_hidden_groups", "expected 1 to num_hidden_layers");
    const std::int32_t rounds = s.encoder.layers, inner = c.field("inner_group_num", 1);
    if (inner < 1 || inner > max_layers / (rounds < 1 ? 1 : rounds)) {
      c.reject("inner_group_num", "expected 1 or more, and with num_hidden_layers at most 192 layers in all");
      return s;
    }
    s.encoder.own_weights = false;
    s.encoder.inner_layers = inner;
    s.encoder.layers = rounds * inner;
    for (std::int32_t l = 0; l < s.encoder.layers; ++l)
      s.encoder.weights_of[l] = std::uint8_t(std::int64_t{l / inner} * groups / rounds * inner + l % inner);
    return s;
  }
};

}  // namespace families

}  // namespace skald
