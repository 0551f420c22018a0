// Granite: llama with four multipliers. IBM 2024; transformers models/granite.
#pragma once
#include "skald/model/families/llama.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Granite {
  static constexpr std::string_view model_type = "granite", prefix = "model.";
  static constexpr const auto& names = llama_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {});
    read_attention_bias(c, s);
    read_feed_forward_bias(c, s);
    s.embedding_scale = c.field("embedding_multiplier", 1.0f);
    s.decoder.kinds[0].attention.scale = c.field("attention_multiplier", 1.0f);  // in place of head_dim^-0.5
    s.decoder.kinds[0].residual_scale = c.field("residual_multiplier", 1.0f);
    const float divisor = c.field("logits_scaling", 1.0f);
    if (divisor == 0.0f) c.reject("logits_scaling", "expected another number than 0");
    else s.logit_scale = 1 / divisor;
    return s;
  }
};

}  // namespace families

}  // namespace skald
