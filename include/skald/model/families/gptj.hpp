// GPT-J: parallel blocks behind one norm, neighbours rotated in pairs. Wang, Komatsuzaki 2021; transformers
// models/gptj.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct GptJ {
  static constexpr std::string_view model_type = "gptj", prefix = "transformer.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "wte"},
      {Role::attention_in_norm, "h.{l}.ln_1"},
      {Role::query, "h.{l}.attn.q_proj"},
      {Role::key, "h.{l}.attn.k_proj"},
      {Role::value, "h.{l}.attn.v_proj"},
      {Role::attention_output, "h.{l}.attn.out_proj"},
      {Role::up, "h.{l}.mlp.fc_in"},
      {Role::down, "h.{l}.mlp.fc_out"},
      {Role::final_norm, "ln_f"},
      {Role::head, "lm_head"},
      {Role::classifier, "score"},
  };

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s;
    s.vocab_size = c.field("vocab_size", 50400);
    s.hidden_size = c.field("n_embd", c.field("hidden_size", 4096));
    s.max_positions = c.field("n_positions", c.field("max_position_embeddings", 2048));
    s.norm = {NormKind::layer, true, c.field("layer_norm_epsilon", 1e-5f)};
    s.tied = c.field("tie_word_embeddings", false);
    s.head_bias = true;
    s.decoder.layers = read_layers(c, "n_layer", 28);
    BlockSpec& b = s.decoder.kinds[0];
    read_heads(c, b.attention, s.hidden_size, "n_head", "", 0, "", 16);
    b.parallel = b.shared_norm = true;
    b.feed_forward = plain_feed_forward(read_activation(c, "activation_function", "gelu_new"),
                                        c.field("n_inner", four_times(s.hidden_size)), true);
    s.ropes[0].pairs = RopePairs::interleaved;
    s.ropes[0].dim = c.field("rotary_dim", 64);
    return s;
  }
};

}  // namespace families

}  // namespace skald
