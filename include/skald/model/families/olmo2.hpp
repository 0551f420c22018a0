// OLMo 2: norms behind the branches only, and over all of q and k. OLMo Team 2024; transformers models/olmo2.
#pragma once
#include "skald/model/families/llama.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Olmo2 {
  static constexpr std::string_view model_type = "olmo2", prefix = "model.";
  static constexpr const auto& names = both_norms_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {.vocab_size = 50304, .rms_norm_eps = 1e-5f});
    read_attention_bias(c, s);
    norm_heads(s, QkNorm::whole);
    s.decoder.kinds[0].norms = attention_out | feed_forward_out;
    return s;
  }
};

}  // namespace families

}  // namespace skald
