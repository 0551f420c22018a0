// RoBERTa: bert with positions counted from the padding id, and heads of its own. Liu et al. 2019; transformers
// models/roberta.
#pragma once
#include "skald/model/families/bert.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

inline constexpr TensorName roberta_head_names[] = {
    {Role::classifier_transform, "classifier.dense"},
    {Role::classifier, "classifier.out_proj"},
    {Role::head_transform, "lm_head.dense"},
    {Role::head_norm, "lm_head.layer_norm"},
    {Role::head, "lm_head.decoder"},
    {Role::head_bias, "lm_head"},
};

struct Roberta {
  static constexpr std::string_view model_type = "roberta", prefix = "roberta.";
  static constexpr auto names = joined(bert_names, roberta_head_names);
  static constexpr HeadStyle heads{.pooling = Pooling::first, .transform = true, .bias = true, .gelu_for_words = true};

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_bert_like(c, {.vocab_size = 50265});
    s.padding_id = c.field("pad_token_id", 1);
    s.position_count = PositionCount::after_padding_id;
    s.pooling = Pooling::first_tanh;
    return s;
  }
};

}  // namespace families

}  // namespace skald
