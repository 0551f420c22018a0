// What many families read in the same way.
#pragma once
#include <cstdint>
#include <string_view>

#include "skald/model/family.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

/// The names of transformers' ACT2FN that a feed-forward may have; `key` is the field that holds this one.
template <class C>
constexpr Activation activation_named(const C& c, std::string_view key, std::string_view name) {
  struct Known { std::string_view name; Activation kind; };
  constexpr Known known[] = {
      {"silu", Activation::silu}, {"swish", Activation::silu}, {"gelu", Activation::gelu},
      {"gelu_python", Activation::gelu}, {"gelu_new", Activation::gelu_tanh},
      {"gelu_pytorch_tanh", Activation::gelu_tanh}, {"gelu_python_tanh", Activation::gelu_tanh},
      {"gelu_accurate", Activation::gelu_tanh}, {"gelu_fast", Activation::gelu_fast},
      {"quick_gelu", Activation::quick_gelu}, {"relu", Activation::relu}, {"relu2", Activation::relu_squared},
      {"tanh", Activation::tanh}, {"linear", Activation::identity}};
  for (const Known& k : known)
    if (k.name == name) return k.kind;
  c.reject(key, "expected one of silu, gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, quick_gelu, relu, relu2, tanh");
  return Activation::silu;
}
template <class C>
constexpr Activation read_activation(const C& c, std::string_view key, std::string_view fallback) {
  return activation_named(c, key, c.field(key, fallback));
}

/// The exact value of a square root at compile time too: Newton's steps in double.
constexpr double square_root(double x) {
  if (!(x > 0)) return 0;
  double r = x > 1 ? x : 1;
  for (int i = 0; i < 1100; ++i) {
    const double next = (r + x / r) / 2;
    if (next >= r) break;
    r = next;
  }
  return r;
}
constexpr float inverse_root(double x) { return x > 0 ? float(1 / square_root(x)) : 0.0f; }

/// What a missing inner size often means; sizes that are impossible are validate()'s to refuse.
constexpr std::int32_t four_times(std::int32_t hidden) { return hidden > 0 && hidden <= 1 << 24 ? 4 * hidden : 0; }

/// down(f(up x)), both with a bias or both without.
constexpr FeedForwardSpec plain_feed_forward(Activation activation, std::int32_t inner, bool bias) {
  FeedForwardSpec f;
  f.kind = FeedForward::plain;
  f.activation = activation;
  f.inner = inner;
  f.in_bias = f.out_bias = bias;
  return f;
}

/// The model's own kind of norm on q and k, in kind 0.
constexpr void norm_heads(ModelSpec& s, QkNorm which = QkNorm::per_head) {
  s.decoder.kinds[0].attention.qk_norm = which;
  s.decoder.kinds[0].attention.qk_norm_spec = s.norm;
}

/// heads, key heads and head size: null means as many key heads as heads, and hidden_size / heads.
template <class C>
constexpr void read_heads(const C& c, AttentionSpec& a, std::int32_t hidden, std::string_view heads,
                          std::string_view kv_heads, std::int32_t default_kv, std::string_view head_dim,
                          std::int32_t default_heads, std::int32_t default_dim = 0) {
  a.heads = c.field(heads, default_heads);
  const std::int32_t missing = default_kv && !c.is_null(kv_heads) ? default_kv : a.heads;
  a.kv_heads = kv_heads.empty() ? a.heads : c.field(kv_heads, missing);
  const std::int32_t even = a.heads > 0 ? hidden / a.heads : 0;
  a.head_dim = head_dim.empty() ? even : c.field(head_dim, default_dim ? default_dim : even);
  a.scale = inverse_root(a.head_dim);
}

/// "yarn", "llama3", ...; `type` is the old spelling of `rope_type`.
template <class C>
constexpr RopeScaling read_rope_type(const C& p) {
  const std::string_view type = p.field("rope_type", p.field("type", std::string_view("default")));
  if (type == "default") return RopeScaling::none;
  if (type == "linear") return RopeScaling::linear;
  if (type == "dynamic") return RopeScaling::dynamic;
  if (type == "llama3") return RopeScaling::llama3;
  if (type == "yarn") return RopeScaling::yarn;
  if (type == "longrope" || type == "su") return RopeScaling::longrope;
  p.reject("rope_type", "expected one of default, linear, dynamic, llama3, yarn, longrope");
  return RopeScaling::none;
}

/// One rope from the dict `p` (rope_parameters or rope_scaling), the config's top level behind it.
template <class C>
constexpr RopeSpec read_rope_from(const C& c, const C& p, std::int32_t head_dim, float theta, float partial = 1.0f) {
  RopeSpec r;
  r.theta = p.field("rope_theta", c.field("rope_theta", theta));
  // A head size that is wrong by itself is validate()'s to tell.
  constexpr std::string_view share_key = "partial_rotary_factor";
  const float share = p.field(share_key, c.field(share_key, partial));
  if (share >= 0.0f && share <= 1.0f && head_dim > 0) r.dim = std::int32_t(double(head_dim) * double(share));
  else if (head_dim > 0 && p.has(share_key)) p.reject(share_key, "expected 0 to 1");
  else if (head_dim > 0) c.reject(c.has(share_key) ? share_key : "rotary_pct", "expected 0 to 1");
  r.scaling = read_rope_type(p);
  if (r.scaling == RopeScaling::none) return r;
  const auto need = [&](std::string_view key) {
    if (!p.has(key)) p.reject(key, "is required by this rope_type");
  };
  if (r.scaling != RopeScaling::longrope) need("factor");
  r.factor = p.field("factor", 1.0f);
  if (r.scaling != RopeScaling::longrope && !(r.factor >= 1.0f)) p.reject("factor", "expected a number >= 1");
  const std::int32_t context = c.field("max_position_embeddings", 0);
  r.original_max_position =
      c.field("original_max_position_embeddings", p.field("original_max_position_embeddings", context));
  if (r.scaling == RopeScaling::llama3) {
    for (std::string_view key : {"low_freq_factor", "high_freq_factor", "original_max_position_embeddings"}) need(key);
    r.low_freq_factor = p.field("low_freq_factor", 1.0f);
    r.high_freq_factor = p.field("high_freq_factor", 4.0f);
  }
  r.attention_factor = p.field("attention_factor", 0.0f);
  r.beta_fast = p.field("beta_fast", 32.0f);
  r.beta_slow = p.field("beta_slow", 1.0f);
  r.mscale = p.field("mscale", 0.0f);
  r.mscale_all_dim = p.field("mscale_all_dim", 0.0f);
  r.truncate = p.field("truncate", true);
  if (r.scaling == RopeScaling::longrope) {
    if (!p.has("factor") && r.original_max_position > 0) r.factor = float(context) / float(r.original_max_position);
    for (std::string_view key : {"short_factor", "long_factor"}) {
      if (p.size(key) != r.dim / 2 || r.dim / 2 > 128)
        p.reject(key, "expected one number for each rotated pair, at most 128");
      for (std::int32_t i = 0; i < r.dim / 2 && i < 128; ++i)
        (key == "short_factor" ? r.short_factor : r.long_factor)[i] = p.at(key, i, 1.0f);
    }
  }
  return r;
}

/// rope_parameters (transformers 5) or rope_theta and rope_scaling (4).
template <class C>
constexpr RopeSpec read_rope(const C& c, std::int32_t head_dim, float theta, float partial = 1.0f) {
  return read_rope_from(c, c.child(c.has("rope_parameters") ? "rope_parameters" : "rope_scaling"), head_dim, theta,
                        partial);
}

/// The number of layers, within what a spec can hold.
template <class C>
constexpr std::int32_t read_layers(const C& c, std::string_view key, std::int32_t fallback) {
  const std::int32_t n = c.field(key, fallback);
  if (n >= 1 && n <= max_layers) return n;
  c.reject(key, "expected 1 to 192 layers");
  return 1;
}

/// kind_of from layer_types: "sliding_attention" takes kind `sliding`, "full_attention" kind `full`; without the list
/// `otherwise(layer)` says whether a layer slides.
template <class C, class Otherwise>
constexpr void read_layer_types(const C& c, StackSpec& stack, std::uint8_t full, std::uint8_t sliding,
                                Otherwise otherwise) {
  const bool listed = c.has("layer_types");
  if (listed && c.size("layer_types") < stack.layers) c.reject("layer_types", "expected one entry a layer");
  for (std::int32_t l = 0; l < stack.layers; ++l) {
    const std::string_view type = c.at("layer_types", l, std::string_view("full_attention"));
    if (type != "full_attention" && type != "sliding_attention")
      c.reject("layer_types", "expected full_attention or sliding_attention");
    stack.kind_of[l] = (listed ? type == "sliding_attention" : otherwise(l)) ? sliding : full;
  }
}

}  // namespace families

}  // namespace skald
