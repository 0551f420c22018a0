// Gemma 3, text: four norms a block, norms on q and k, windows on five layers of six with a rope of their own.
// Gemma Team 2025; transformers models/gemma3.
#pragma once
#include "skald/model/families/gemma2.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Gemma3Text {
  static constexpr std::string_view model_type = "gemma3_text", prefix = "model.";
  static constexpr const auto& names = both_norms_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_gemma2_like(c, {.vocab_size = 262208, .hidden_size = 2304, .intermediate_size = 9216,
                                       .num_hidden_layers = 26, .num_attention_heads = 8, .num_key_value_heads = 4,
                                       .head_dim = 256, .max_position_embeddings = 131072, .tied = true});
    s.logit_softcap = c.field("final_logit_softcapping", 0.0f);
    norm_heads(s);
    BlockSpec& full = s.decoder.kinds[0];
    AttentionSpec& a = full.attention;
    a.causal = !c.field("use_bidirectional_attention", false);
    BlockSpec& sliding = s.decoder.kinds[1] = full;
    sliding.attention.rope = 1;
    sliding.attention.window = c.field("sliding_window", 4096);
    if (!a.causal) sliding.attention.window = sliding.attention.window / 2 + 1;
    const auto nested = c.child("rope_parameters");
    if (nested.has("full_attention")) {
      s.ropes[0] = read_rope_from(c, nested.child("full_attention"), a.head_dim, 1e6f);
      s.ropes[1] = read_rope_from(c, nested.child("sliding_attention"), a.head_dim, 10000);
    } else {
      s.ropes[0] = read_rope_from(c, c.child("rope_scaling"), a.head_dim, 1e6f);
      s.ropes[1] = {.theta = c.field("rope_local_base_freq", 10000.0f), .dim = a.head_dim};
    }
    const std::int32_t pattern = c.field("sliding_window_pattern", 6);
    if (pattern <= 0) c.reject("sliding_window_pattern", "expected a positive number");
    read_layer_types(c, s.decoder, 0, 1, [&](std::int32_t l) { return pattern <= 0 || (l + 1) % pattern != 0; });
    return s;
  }
};

}  // namespace families

}  // namespace skald
