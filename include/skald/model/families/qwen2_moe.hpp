// Qwen2-MoE: qwen2's attention, experts beside a shared one behind a switch. Qwen Team 2024; transformers
// models/qwen2_moe.
#pragma once
#include "skald/model/families/qwen2.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

/// Kind 0 gets experts, kind 1 stays dense: which layer is which. Layers with kinds 2 and 3 (windows) likewise.
template <class C>
constexpr void read_experts(const C& c, ModelSpec& s, std::int32_t default_experts, std::int32_t default_top,
                            std::int32_t default_inner) {
  StackSpec& stack = s.decoder;
  const std::int32_t experts = c.field("num_experts", c.field("num_local_experts", default_experts));
  const std::int32_t step = c.field("decoder_sparse_step", 1);
  if (step <= 0) c.reject("decoder_sparse_step", "expected a positive number");
  if (experts <= 0 || step <= 0) return;
  for (int k = 0; k < max_kinds; k += 2) {
    stack.kinds[k + 1] = stack.kinds[k];
    FeedForwardSpec& f = stack.kinds[k].feed_forward;
    f.kind = FeedForward::experts;
    f.inner = c.field("moe_intermediate_size", default_inner);
    f.experts = experts;
    f.experts_per_token = c.field("num_experts_per_tok", default_top);
    f.normalise_top = c.field("norm_topk_prob", false);
  }
  for (std::int32_t l = 0; l < stack.layers; ++l) {
    bool dense = (l + 1) % step != 0;
    for (std::int32_t i = 0; i < c.size("mlp_only_layers"); ++i) dense |= c.at("mlp_only_layers", i, -1) == l;
    stack.kind_of[l] = std::uint8_t(stack.kind_of[l] + dense);
  }
}

struct Qwen2Moe {
  static constexpr std::string_view model_type = "qwen2_moe", prefix = "model.";
  static constexpr const auto& names = llama_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_llama_like(c, {.vocab_size = 151936, .hidden_size = 2048, .intermediate_size = 5632,
                                      .num_hidden_layers = 24, .num_attention_heads = 16, .num_key_value_heads = 16,
                                      .max_position_embeddings = 32768});
    s.decoder.kinds[0].attention.qkv_bias = c.field("qkv_bias", true);
    BlockSpec& sliding = s.decoder.kinds[2] = s.decoder.kinds[0];
    const bool slides = c.field("use_sliding_window", false);
    if (slides) sliding.attention.window = c.field("sliding_window", 4096);
    const std::int32_t below = c.field("max_window_layers", 28);
    read_layer_types(c, s.decoder, 0, 2, [&](std::int32_t l) { return slides && l % 2 == 0 && l < below; });
    read_experts(c, s, 60, 4, 1408);
    for (int k = 0; k < max_kinds; ++k) {
      FeedForwardSpec& f = s.decoder.kinds[k].feed_forward;
      if (f.kind != FeedForward::experts) continue;
      f.shared_inner = c.field("shared_expert_intermediate_size", 5632);
      f.shared_gate = true;
    }
    return s;
  }
};

}  // namespace families

}  // namespace skald
