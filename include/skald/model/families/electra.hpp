// ELECTRA: bert with a narrow embedding and no pooler. Clark et al. 2020; transformers models/electra.
#pragma once
#include "skald/model/families/bert.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

inline constexpr TensorName electra_head_names[] = {
    {Role::embedding_projection, "embeddings_project"},
    {Role::classifier_transform, "classifier.dense"},
    {Role::classifier, "classifier.out_proj"},
    {Role::head_transform, "generator_predictions.dense"},
    {Role::head_norm, "generator_predictions.LayerNorm"},
    {Role::head, "generator_lm_head"},
    {Role::head_bias, "generator_lm_head"},
};

struct Electra {
  static constexpr std::string_view model_type = "electra", prefix = "electra.";
  static constexpr auto names = joined(bert_names, electra_head_names);
  static constexpr HeadStyle heads{.pooling = Pooling::first, .transform = true, .bias = true,
                                   .activation = Activation::gelu, .gelu_for_words = true};

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_bert_like(c, {.hidden_size = 256, .num_attention_heads = 4, .intermediate_size = 1024});
    s.padding_id = c.field("pad_token_id", 0);
    s.embedding_size = c.field("embedding_size", 128);
    if (s.embedding_size != s.hidden_size) s.projection = Projection::after_norm;
    s.projection_bias = true;
    return s;
  }
};

}  // namespace families

}  // namespace skald
