// Mistral: llama with a window on every layer. Jiang et al. 2023; transformers models/mistral.
#pragma once
#include "skald/model/families/llama.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Mistral {
  static constexpr std::string_view model_type = "mistral", prefix = "model.";
  static constexpr const auto& names = llama_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {.intermediate_size = 14336, .num_key_value_heads = 8,
                                      .max_position_embeddings = 131072});
    // A missing key means 4096, null means no window.
    s.decoder.kinds[0].attention.window = c.is_null("sliding_window") ? 0 : c.field("sliding_window", 4096);
    return s;
  }
};

}  // namespace families

}  // namespace skald
