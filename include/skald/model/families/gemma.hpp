// Gemma: llama with norms of 1 + w and a scaled embedding. Gemma Team 2024; transformers models/gemma.
#pragma once
#include "skald/model/families/llama.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

/// What all gemmas share.
template <class C>
constexpr ModelSpec read_gemma_like(const C& c, const LlamaDefaults& d, std::string_view activation) {
  ModelSpec s = read_llama_like(c, d);
  s.norm.kind = NormKind::rms_plus_one;
  s.embedding_scale = float(square_root(s.hidden_size));
  read_attention_bias(c, s);
  FeedForwardSpec& f = s.decoder.kinds[0].feed_forward;
  f.activation = read_activation(c, activation, "gelu_pytorch_tanh");
  return s;
}

struct Gemma {
  static constexpr std::string_view model_type = "gemma", prefix = "model.";
  static constexpr const auto& names = llama_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    // Configs that say gelu mean gelu_pytorch_tanh, as transformers reads them.
    ModelSpec s = read_gemma_like(
        c,
        {.vocab_size = 256000, .hidden_size = 3072, .intermediate_size = 24576, .num_hidden_layers = 28,
         .num_attention_heads = 16, .num_key_value_heads = 16, .head_dim = 256, .max_position_embeddings = 8192,
         .tied = true},
        c.has("hidden_activation") ? "hidden_activation" : "hidden_act");
    Activation& f = s.decoder.kinds[0].feed_forward.activation;
    if (f == Activation::gelu) f = Activation::gelu_tanh;
    return s;
  }
};

}  // namespace families

}  // namespace skald
