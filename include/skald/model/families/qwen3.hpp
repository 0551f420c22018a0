// Qwen3: qwen2 with norms on q and k instead of biases. Qwen Team 2025; transformers models/qwen3.
#pragma once
#include "skald/model/families/qwen2.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Qwen3 {
  static constexpr std::string_view model_type = "qwen3", prefix = "model.";
  static constexpr const auto& names = llama_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {.vocab_size = 151936, .intermediate_size = 22016, .num_key_value_heads = 32,
                                      .head_dim = 128, .max_position_embeddings = 32768});
    read_attention_bias(c, s);
    norm_heads(s);
    read_qwen_windows(c, s);
    return s;
  }
};

}  // namespace families

}  // namespace skald
