// Phi-3, Phi-3.5, Phi-4-mini: llama with q, k, v in one tensor and gate, up in another, and long ropes. Abdin et al.
// 2024; transformers models/phi3.
#pragma once
#include "skald/model/families/llama.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Phi3 {
  static constexpr std::string_view model_type = "phi3", prefix = "model.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "embed_tokens"},
      {Role::attention_in_norm, "layers.{l}.input_layernorm"},
      {Role::query, "layers.{l}.self_attn.qkv_proj", Part::query_block},
      {Role::key, "layers.{l}.self_attn.qkv_proj", Part::key_block},
      {Role::value, "layers.{l}.self_attn.qkv_proj", Part::value_block},
      {Role::attention_output, "layers.{l}.self_attn.o_proj"},
      {Role::feed_forward_in_norm, "layers.{l}.post_attention_layernorm"},
      {Role::gate, "layers.{l}.mlp.gate_up_proj", Part::first_half},
      {Role::up, "layers.{l}.mlp.gate_up_proj", Part::second_half},
      {Role::down, "layers.{l}.mlp.down_proj"},
      {Role::final_norm, "norm"},
      {Role::head, "lm_head"},
      {Role::classifier, "score"},
      {Role::token_classifier, "score"},
  };

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {.vocab_size = 32064, .hidden_size = 3072, .intermediate_size = 8192,
                                      .max_position_embeddings = 4096, .rms_norm_eps = 1e-5f});
    s.decoder.kinds[0].attention.window = c.field("sliding_window", 0);
    const RopeScaling scaling = s.ropes[0].scaling;
    if (scaling != RopeScaling::none && scaling != RopeScaling::longrope)
      c.child(c.has("rope_parameters") ? "rope_parameters" : "rope_scaling")
          .reject("rope_type", "expected default or longrope");
    return s;
  }
};

}  // namespace families

}  // namespace skald
