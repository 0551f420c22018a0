// SmolLM3: llama without positions in some layers. Bakouch et al. 2025; transformers models/smollm3.
#pragma once
#include "skald/model/families/llama.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct SmolLm3 {
  static constexpr std::string_view model_type = "smollm3", prefix = "model.";
  static constexpr const auto& names = llama_names;

  /// Kind 0 rotates, kind 1 does not; kinds 2 and 3 are the same with a window.
  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {.vocab_size = 128256, .hidden_size = 2048, .num_hidden_layers = 36,
                                      .num_attention_heads = 16, .num_key_value_heads = 4,
                                      .max_position_embeddings = 32768, .rope_theta = 2e6f, .tied = true});
    read_attention_bias(c, s);
    read_feed_forward_bias(c, s);
    StackSpec& stack = s.decoder;
    stack.kinds[1] = stack.kinds[0];
    stack.kinds[1].attention.position = Position::none;
    const std::int32_t window = c.field("sliding_window", 0), every = c.field("no_rope_layer_interval", 4);
    if (every <= 0) c.reject("no_rope_layer_interval", "expected a positive number");
    const auto rotates = [&](std::int32_t l) {  // the list says 1 where there is a rope
      return c.at("no_rope_layers", l, std::int32_t(every <= 0 || (l + 1) % every != 0)) != 0;
    };
    for (int k = 2; k < max_kinds; ++k) (stack.kinds[k] = stack.kinds[k - 2]).attention.window = window;
    const bool slides = window > 0 && c.field("use_sliding_window", false);
    read_layer_types(c, stack, 0, 2, [&](std::int32_t l) { return slides && !rotates(l); });
    for (std::int32_t l = 0; l < stack.layers; ++l)
      stack.kind_of[l] = std::uint8_t(stack.kind_of[l] + !rotates(l));
    return s;
  }
};

}  // namespace families

}  // namespace skald
