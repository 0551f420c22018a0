// A ModelSpec as C++: what a program is compiled with instead of a config.json.
#pragma once
#include <charconv>
#include <string>
#include <string_view>
#include <type_traits>

#include "skald/spec/model_spec.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// One assignment a field that is not what a new ModelSpec has.
class SpecSource {
 public:
  std::string text;

  void spec(const ModelSpec& s) {
    const ModelSpec d;
    field("vocab_size", s.vocab_size, d.vocab_size);
    field("hidden_size", s.hidden_size, d.hidden_size);
    field("max_positions", s.max_positions, d.max_positions);
    field("embedding_size", s.embedding_size, d.embedding_size);
    field("projection", s.projection, d.projection);
    field("projection_bias", s.projection_bias, d.projection_bias);
    field("position_table", s.position_table, d.position_table);
    field("position_count", s.position_count, d.position_count);
    field("position_offset", s.position_offset, d.position_offset);
    field("padding_id", s.padding_id, d.padding_id);
    field("token_types", s.token_types, d.token_types);
    field("token_types_in_vocabulary", s.token_types_in_vocabulary, d.token_types_in_vocabulary);
    field("embedding_norm", s.embedding_norm, d.embedding_norm);
    field("embedding_scale", s.embedding_scale, d.embedding_scale);
    norm("norm.", s.norm, d.norm);
    for (int i = 0; i < 2; ++i) rope(item("ropes", i), s.ropes[i], d.ropes[i]);
    stack("encoder.", s.encoder, d.encoder);
    stack("decoder.", s.decoder, d.decoder);
    field("head", s.head, d.head);
    field("tied", s.tied, d.tied);
    field("head_bias", s.head_bias, d.head_bias);
    field("head_transform", s.head_transform, d.head_transform);
    field("head_activation", s.head_activation, d.head_activation);
    field("labels", s.labels, d.labels);
    field("eos_id", s.eos_id, d.eos_id);
    field("pooling", s.pooling, d.pooling);
    field("normalise_pooled", s.normalise_pooled, d.normalise_pooled);
    field("logit_scale", s.logit_scale, d.logit_scale);
    field("logit_softcap", s.logit_softcap, d.logit_softcap);
    field("decoder_vocab_size", s.decoder_vocab_size, d.decoder_vocab_size);
    field("decoder_input", s.decoder_input, d.decoder_input);
    field("shared_embedding", s.shared_embedding, d.shared_embedding);
  }

 private:
  static std::string item(std::string_view list, int i) {
    return std::string(list).append("[").append(std::to_string(i)).append("].");
  }

  void norm(const std::string& at, const NormSpec& n, const NormSpec& d) {
    field(at + "kind", n.kind, d.kind);
    field(at + "bias", n.bias, d.bias);
    field(at + "eps", n.eps, d.eps);
  }

  void rope(const std::string& at, const RopeSpec& r, const RopeSpec& d) {
    field(at + "theta", r.theta, d.theta);
    field(at + "pairs", r.pairs, d.pairs);
    field(at + "dim", r.dim, d.dim);
    field(at + "scaling", r.scaling, d.scaling);
    field(at + "factor", r.factor, d.factor);
    field(at + "low_freq_factor", r.low_freq_factor, d.low_freq_factor);
    field(at + "high_freq_factor", r.high_freq_factor, d.high_freq_factor);
    field(at + "beta_fast", r.beta_fast, d.beta_fast);
    field(at + "beta_slow", r.beta_slow, d.beta_slow);
    field(at + "mscale", r.mscale, d.mscale);
    field(at + "mscale_all_dim", r.mscale_all_dim, d.mscale_all_dim);
    field(at + "attention_factor", r.attention_factor, d.attention_factor);
    field(at + "truncate", r.truncate, d.truncate);
    field(at + "original_max_position", r.original_max_position, d.original_max_position);
    for (int i = 0; i < max_rope_factors; ++i) {
      field(at + "short_factor[" + std::to_string(i) + "]", r.short_factor[i], d.short_factor[i]);
      field(at + "long_factor[" + std::to_string(i) + "]", r.long_factor[i], d.long_factor[i]);
    }
  }

  void attention(const std::string& at, const AttentionSpec& a, const AttentionSpec& d) {
    field(at + "heads", a.heads, d.heads);
    field(at + "kv_heads", a.kv_heads, d.kv_heads);
    field(at + "head_dim", a.head_dim, d.head_dim);
    field(at + "scale", a.scale, d.scale);
    field(at + "softcap", a.softcap, d.softcap);
    field(at + "clip_qkv", a.clip_qkv, d.clip_qkv);
    field(at + "window", a.window, d.window);
    field(at + "causal", a.causal, d.causal);
    field(at + "qkv_bias", a.qkv_bias, d.qkv_bias);
    field(at + "out_bias", a.out_bias, d.out_bias);
    field(at + "scale_by_layer", a.scale_by_layer, d.scale_by_layer);
    field(at + "qk_norm", a.qk_norm, d.qk_norm);
    norm(at + "qk_norm_spec.", a.qk_norm_spec, d.qk_norm_spec);
    field(at + "position", a.position, d.position);
    field(at + "rope", a.rope, d.rope);
    field(at + "alibi_scale", a.alibi_scale, d.alibi_scale);
    field(at + "alibi_bfloat16", a.alibi_bfloat16, d.alibi_bfloat16);
  }

  void feed_forward(const std::string& at, const FeedForwardSpec& f, const FeedForwardSpec& d) {
    field(at + "kind", f.kind, d.kind);
    field(at + "activation", f.activation, d.activation);
    field(at + "inner", f.inner, d.inner);
    field(at + "in_bias", f.in_bias, d.in_bias);
    field(at + "out_bias", f.out_bias, d.out_bias);
    field(at + "experts", f.experts, d.experts);
    field(at + "experts_per_token", f.experts_per_token, d.experts_per_token);
    field(at + "shared_inner", f.shared_inner, d.shared_inner);
    field(at + "normalise_top", f.normalise_top, d.normalise_top);
    field(at + "shared_gate", f.shared_gate, d.shared_gate);
  }

  void stack(const std::string& at, const StackSpec& s, const StackSpec& d) {
    field(at + "layers", s.layers, d.layers);
    field(at + "final_norm", s.final_norm, d.final_norm);
    for (int k = 0; k < max_kinds; ++k) {
      const std::string kind = item(at + "kinds", k);
      const BlockSpec &b = s.kinds[k], &other = d.kinds[k];
      attention(kind + "attention.", b.attention, other.attention);
      field(kind + "cross_attention", b.cross_attention, other.cross_attention);
      feed_forward(kind + "feed_forward.", b.feed_forward, other.feed_forward);
      field(kind + "norms", b.norms, other.norms);
      field(kind + "parallel", b.parallel, other.parallel);
      field(kind + "shared_norm", b.shared_norm, other.shared_norm);
      field(kind + "residual_from_norm", b.residual_from_norm, other.residual_from_norm);
      field(kind + "residual_scale", b.residual_scale, other.residual_scale);
    }
    field(at + "own_weights", s.own_weights, d.own_weights);
    field(at + "inner_layers", s.inner_layers, d.inner_layers);
    for (int l = 0; l < max_layers; ++l) {
      field(at + "kind_of[" + std::to_string(l) + "]", s.kind_of[l], d.kind_of[l]);
      field(at + "weights_of[" + std::to_string(l) + "]", s.weights_of[l], d.weights_of[l]);
    }
    field(at + "relative_buckets", s.relative_buckets, d.relative_buckets);
    field(at + "relative_max_distance", s.relative_max_distance, d.relative_max_distance);
  }

  template <class T>
  void field(const std::string& name, T value, T otherwise) {
    if (value == otherwise) return;
    text.append("  s.").append(name).append(" = ").append(literal(value)).append(";\n");
  }

  template <class T>
  static std::string literal(T value) {
    if constexpr (std::is_same_v<T, bool>) return value ? "true" : "false";
    else if constexpr (std::is_enum_v<T>) return literal_of_enum(value);
    else if constexpr (std::is_same_v<T, float>) return literal_of_float(value);
    else return std::to_string(value);
  }
  template <class T>
  static std::string literal_of_enum(T value) {
    constexpr std::string_view type = name_of<T>();
    return std::string("skald::").append(type).append("(").append(std::to_string(int(value))).append(")");
  }
  static std::string literal_of_float(float value) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    std::string number(digits, end);
    if (number.find_first_of(".en") == number.npos) number.append(".0");
    return number.append("f");
  }

  template <class T>
  static constexpr std::string_view name_of() {
    if constexpr (std::is_same_v<T, Projection>) return "Projection";
    else if constexpr (std::is_same_v<T, PositionTable>) return "PositionTable";
    else if constexpr (std::is_same_v<T, PositionCount>) return "PositionCount";
    else if constexpr (std::is_same_v<T, NormKind>) return "NormKind";
    else if constexpr (std::is_same_v<T, RopePairs>) return "RopePairs";
    else if constexpr (std::is_same_v<T, RopeScaling>) return "RopeScaling";
    else if constexpr (std::is_same_v<T, QkNorm>) return "QkNorm";
    else if constexpr (std::is_same_v<T, Position>) return "Position";
    else if constexpr (std::is_same_v<T, FeedForward>) return "FeedForward";
    else if constexpr (std::is_same_v<T, Activation>) return "Activation";
    else if constexpr (std::is_same_v<T, HeadKind>) return "HeadKind";
    else if constexpr (std::is_same_v<T, DecoderInput>) return "DecoderInput";
    else if constexpr (std::is_same_v<T, Pooling>) return "Pooling";
  }
};

}  // namespace detail

/// `inline constexpr skald::ModelSpec <name> = ...;`, for any family.
inline std::string spec_source(const ModelSpec& spec, std::string_view name = "spec") {
  detail::SpecSource source;
  source.spec(spec);
  return std::string("inline constexpr skald::ModelSpec ").append(name).append(" = [] {\n  skald::ModelSpec s;\n")
      .append(source.text).append("  return s;\n}();\n");
}

}  // namespace skald
