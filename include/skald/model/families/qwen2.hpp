// Qwen2 and Qwen2.5: llama with biases on q, k and v, and windows on the upper layers. transformers models/qwen2.
#pragma once
#include "skald/model/families/llama.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

/// Two kinds that differ in the window; layers from max_window_layers on slide when use_sliding_window is set.
template <class C>
constexpr void read_qwen_windows(const C& c, ModelSpec& s) {
  s.decoder.kinds[1] = s.decoder.kinds[0];
  const bool slides = c.field("use_sliding_window", false);
  if (slides) s.decoder.kinds[1].attention.window = c.field("sliding_window", 4096);
  const std::int32_t from = c.field("max_window_layers", 28);
  read_layer_types(c, s.decoder, 0, 1, [&](std::int32_t l) { return slides && l >= from; });
}

struct Qwen2 {
  static constexpr std::string_view model_type = "qwen2", prefix = "model.";
  static constexpr const auto& names = llama_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {.vocab_size = 151936, .intermediate_size = 22016, .num_key_value_heads = 32,
                                      .max_position_embeddings = 32768});
    s.decoder.kinds[0].attention.qkv_bias = true;
    read_qwen_windows(c, s);
    return s;
  }
};

}  // namespace families

}  // namespace skald
