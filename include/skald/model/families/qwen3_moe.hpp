// Qwen3-MoE: qwen3's attention, experts. Qwen Team 2025; transformers models/qwen3_moe.
#pragma once
#include "skald/model/families/qwen2_moe.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Qwen3Moe {
  static constexpr std::string_view model_type = "qwen3_moe", prefix = "model.";
  static constexpr const auto& names = llama_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {.vocab_size = 151936, .hidden_size = 2048, .intermediate_size = 6144,
                                      .num_hidden_layers = 24, .num_key_value_heads = 4,
                                      .max_position_embeddings = 32768});
    read_attention_bias(c, s);
    norm_heads(s);
    if (c.field("use_sliding_window", false))
      s.decoder.kinds[0].attention.window = c.is_null("sliding_window") ? 0 : c.field("sliding_window", 4096);
    read_experts(c, s, 128, 8, 768);
    return s;
  }
};

}  // namespace families

}  // namespace skald
