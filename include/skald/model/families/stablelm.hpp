// StableLM: llama with layer norms, a part of each head rotated, and the option of parallel blocks. transformers
// models/stablelm.
#pragma once
#include "skald/model/families/llama.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct StableLm {
  static constexpr std::string_view model_type = "stablelm", prefix = "model.";
  static constexpr const auto& names = llama_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {.vocab_size = 50304, .hidden_size = 2560, .intermediate_size = 6912,
                                      .num_key_value_heads = 32, .max_position_embeddings = 4096,
                                      .partial_rotary_factor = 0.25f});
    s.norm = {NormKind::layer, true, c.field("layer_norm_eps", 1e-5f)};
    BlockSpec& b = s.decoder.kinds[0];
    b.attention.qkv_bias = c.field("use_qkv_bias", false);
    b.parallel = b.shared_norm = c.field("use_parallel_residual", false);
    if (c.field("qk_layernorm", false)) {  // a weight for every head, and no bias
      norm_heads(s, QkNorm::per_head_own);
      b.attention.qk_norm_spec.bias = false;
    }
    return s;
  }
};

}  // namespace families

}  // namespace skald
