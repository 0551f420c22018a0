// Gemma 2: four norms a block, soft-capped scores and logits, windows on every other layer. Gemma Team 2024;
// transformers models/gemma2.
#pragma once
#include "skald/model/families/gemma.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

/// Two kinds, full and sliding, of blocks with norms on both sides.
template <class C>
constexpr ModelSpec read_gemma2_like(const C& c, const LlamaDefaults& d) {
  ModelSpec s = read_gemma_like(c, d, "hidden_activation");
  BlockSpec& b = s.decoder.kinds[0];
  b.norms = attention_in | attention_out | feed_forward_in | feed_forward_out;
  b.attention.scale = inverse_root(c.field("query_pre_attn_scalar", 256.0));
  return s;
}

struct Gemma2 {
  static constexpr std::string_view model_type = "gemma2", prefix = "model.";
  static constexpr const auto& names = both_norms_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_gemma2_like(c, {.vocab_size = 256000, .hidden_size = 2304, .intermediate_size = 9216,
                                       .num_hidden_layers = 26, .num_attention_heads = 8, .num_key_value_heads = 4,
                                       .head_dim = 256, .max_position_embeddings = 8192, .tied = true});
    const auto cap = [&](std::string_view key, float fallback) { return c.is_null(key) ? 0 : c.field(key, fallback); };
    s.logit_softcap = cap("final_logit_softcapping", 30);
    s.decoder.kinds[0].attention.softcap = cap("attn_logit_softcapping", 50);
    s.decoder.kinds[1] = s.decoder.kinds[0];
    s.decoder.kinds[1].attention.window = c.field("sliding_window", 4096);
    read_layer_types(c, s.decoder, 0, 1, [](std::int32_t l) { return l % 2 == 0; });
    return s;
  }
};

}  // namespace families

}  // namespace skald
