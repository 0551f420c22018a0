// OLMo: llama with norms that have no weights, and the option of clipping q, k and v. Groeneveld et al. 2024;
// transformers models/olmo.
#pragma once
#include "skald/model/families/llama.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Olmo {
  static constexpr std::string_view model_type = "olmo", prefix = "model.";
  static constexpr const auto& names = llama_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {.vocab_size = 50304});
    read_attention_bias(c, s);
    s.norm = {NormKind::layer_plain, false, 1e-5f};
    s.decoder.kinds[0].attention.clip_qkv = c.field("clip_qkv", 0.0f);
    return s;
  }
};

}  // namespace families

}  // namespace skald
