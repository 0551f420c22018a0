// Llama 1 to 3.x. Touvron et al. 2023; transformers models/llama.
#pragma once
#include "skald/model/families/common.hpp"
#include "skald/model/families/llama_names.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

/// transformers' defaults of a class that is like llama's, under the names that its config has.
struct LlamaDefaults {
  std::int32_t vocab_size = 32000, hidden_size = 4096, intermediate_size = 11008, num_hidden_layers = 32;
  std::int32_t num_attention_heads = 32, num_key_value_heads = 0, head_dim = 0;  ///< 0: as many, hidden_size / heads
  std::int32_t max_position_embeddings = 2048;
  float rms_norm_eps = 1e-6f, rope_theta = 10000, partial_rotary_factor = 1;
  bool tied = false;
};

/// What llama and its many descendants share: pre-norm blocks, rotary attention, a gated feed-forward.
template <class C>
constexpr ModelSpec read_llama_like(const C& c, const LlamaDefaults& d) {
  ModelSpec s;
  s.vocab_size = c.field("vocab_size", d.vocab_size);
  s.hidden_size = c.field("hidden_size", d.hidden_size);
  s.max_positions = c.field("max_position_embeddings", d.max_position_embeddings);
  s.norm = {NormKind::rms, false, c.field("rms_norm_eps", d.rms_norm_eps)};
  s.decoder.layers = read_layers(c, "num_hidden_layers", d.num_hidden_layers);
  s.tied = c.field("tie_word_embeddings", d.tied);
  BlockSpec& b = s.decoder.kinds[0];
  read_heads(c, b.attention, s.hidden_size, "num_attention_heads", "num_key_value_heads", d.num_key_value_heads,
             "head_dim", d.num_attention_heads, d.head_dim);
  b.feed_forward.inner = c.field("intermediate_size", d.intermediate_size);
  b.feed_forward.activation = read_activation(c, "hidden_act", "silu");
  s.ropes[0] = read_rope(c, b.attention.head_dim, d.rope_theta, d.partial_rotary_factor);
  return s;
}

template <class C>
constexpr void read_attention_bias(const C& c, ModelSpec& s) {
  AttentionSpec& a = s.decoder.kinds[0].attention;
  a.qkv_bias = a.out_bias = c.field("attention_bias", false);
}
template <class C>
constexpr void read_feed_forward_bias(const C& c, ModelSpec& s) {
  FeedForwardSpec& f = s.decoder.kinds[0].feed_forward;
  f.in_bias = f.out_bias = c.field("mlp_bias", false);
}

struct Llama {
  static constexpr std::string_view model_type = "llama", prefix = "model.";
  static constexpr const auto& names = llama_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {});
    read_attention_bias(c, s);
    read_feed_forward_bias(c, s);
    return s;
  }
};

}  // namespace families

}  // namespace skald
