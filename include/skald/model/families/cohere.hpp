// Cohere, Command-R: parallel blocks behind one norm without bias, neighbours rotated in pairs. transformers
// models/cohere.
#pragma once
#include "skald/model/families/llama.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Cohere {
  static constexpr std::string_view model_type = "cohere", prefix = "model.";
  static constexpr const auto& names = llama_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {.vocab_size = 256000, .hidden_size = 8192, .intermediate_size = 22528,
                                      .num_hidden_layers = 40, .num_attention_heads = 64,
                                      .max_position_embeddings = 8192, .rope_theta = 500000, .tied = true});
    read_attention_bias(c, s);
    s.norm = {NormKind::layer, false, c.field("layer_norm_eps", 1e-5f)};
    s.logit_scale = c.field("logit_scale", 0.0625f);
    s.ropes[0].pairs = RopePairs::interleaved;
    s.decoder.kinds[0].parallel = s.decoder.kinds[0].shared_norm = true;
    if (c.field("use_qk_norm", false)) norm_heads(s, QkNorm::per_head_own);
    return s;
  }
};

}  // namespace families

}  // namespace skald
