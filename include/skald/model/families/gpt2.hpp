// GPT-2: learned positions, Conv1D weights ([in, out]) and a fused projection, both as views. Radford et al. 2019.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Gpt2 {
  static constexpr std::string_view model_type = "gpt2", prefix = "transformer.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "wte"},
      {Role::position_embedding, "wpe"},
      {Role::attention_in_norm, "h.{l}.ln_1"},
      {Role::query, "h.{l}.attn.c_attn", Part::query_block, true},
      {Role::key, "h.{l}.attn.c_attn", Part::key_block, true},
      {Role::value, "h.{l}.attn.c_attn", Part::value_block, true},
      {Role::attention_output, "h.{l}.attn.c_proj", Part::whole, true},
      {Role::feed_forward_in_norm, "h.{l}.ln_2"},
      {Role::up, "h.{l}.mlp.c_fc", Part::whole, true},
      {Role::down, "h.{l}.mlp.c_proj", Part::whole, true},
      {Role::final_norm, "ln_f"},
      {Role::head, "lm_head"},
      {Role::classifier, "score"},
      {Role::token_classifier, "classifier"},
  };

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s;
    s.vocab_size = c.field("vocab_size", 50257);
    s.hidden_size = c.field("n_embd", c.field("hidden_size", 768));
    s.max_positions = c.field("n_positions", c.field("max_position_embeddings", 1024));
    s.position_table = PositionTable::learned;
    s.norm = {NormKind::layer, true, c.field("layer_norm_epsilon", 1e-5f)};
    s.tied = c.field("tie_word_embeddings", true);
    s.decoder.layers = read_layers(c, "n_layer", 12);
    BlockSpec& b = s.decoder.kinds[0];
    read_heads(c, b.attention, s.hidden_size, "n_head", "", 0, "", 12);
    b.attention.position = Position::none;
    b.attention.qkv_bias = b.attention.out_bias = true;
    if (!c.field("scale_attn_weights", true)) b.attention.scale = 1;
    b.attention.scale_by_layer = c.field("scale_attn_by_inverse_layer_idx", false);
    b.feed_forward = plain_feed_forward(read_activation(c, "activation_function", "gelu_new"),
                                        c.field("n_inner", four_times(s.hidden_size)), true);
    return s;
  }
};

}  // namespace families

}  // namespace skald
