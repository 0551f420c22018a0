// GPT-Neo: scores that are not scaled, windows on "local" layers. Black et al. 2021; transformers models/gpt_neo.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct GptNeo {
  static constexpr std::string_view model_type = "gpt_neo", prefix = "transformer.";
  static constexpr TensorName names[] = {
      {Role::token_embedding, "wte"},
      {Role::position_embedding, "wpe"},
      {Role::attention_in_norm, "h.{l}.ln_1"},
      {Role::query, "h.{l}.attn.attention.q_proj"},
      {Role::key, "h.{l}.attn.attention.k_proj"},
      {Role::value, "h.{l}.attn.attention.v_proj"},
      {Role::attention_output, "h.{l}.attn.attention.out_proj"},
      {Role::feed_forward_in_norm, "h.{l}.ln_2"},
      {Role::up, "h.{l}.mlp.c_fc"},
      {Role::down, "h.{l}.mlp.c_proj"},
      {Role::final_norm, "ln_f"},
      {Role::head, "lm_head"},
      {Role::classifier, "score"},
      {Role::token_classifier, "classifier"},
  };

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s;
    s.vocab_size = c.field("vocab_size", 50257);
    s.hidden_size = c.field("hidden_size", 2048);
    s.max_positions = c.field("max_position_embeddings", 2048);
    s.position_table = PositionTable::learned;
    s.norm = {NormKind::layer, true, c.field("layer_norm_epsilon", 1e-5f)};
    s.tied = c.field("tie_word_embeddings", true);
    s.decoder.layers = read_layers(c, "num_layers", 24);
    BlockSpec& b = s.decoder.kinds[0];
    read_heads(c, b.attention, s.hidden_size, "num_heads", "", 0, "", 16);
    b.attention.position = Position::none;
    b.attention.scale = 1;
    b.attention.out_bias = true;
    b.feed_forward = plain_feed_forward(read_activation(c, "activation_function", "gelu_new"),
                                        c.field("intermediate_size", four_times(s.hidden_size)), true);
    s.decoder.kinds[1] = b;
    s.decoder.kinds[1].attention.window = c.field("window_size", 256);
    read_attention_layers(c, s.decoder);
    return s;
  }

 private:
  /// attention_layers: "global" or "local", one a layer.
  template <class C>
  static constexpr void read_attention_layers(const C& c, StackSpec& stack) {
    constexpr std::string_view key = "attention_layers", nested = "attention_types";
    if (!c.has(key) && c.has(nested)) return read_attention_types(c, nested, stack);
    if (c.has(key) && c.size(key) != stack.layers)
      return c.reject(key, "expected one of global, local for each layer");
    for (std::int32_t l = 0; l < stack.layers; ++l) {
      const std::string_view type = c.at(key, l, std::string_view(l % 2 ? "local" : "global"));
      if (type != "global" && type != "local") c.reject(key, "expected global or local");
      stack.kind_of[l] = type == "local";
    }
  }

  /// The same as [[["global", "local"], 12]]: a pattern, and how often it stands there.
  template <class C>
  static constexpr void read_attention_types(const C& c, std::string_view key, StackSpec& stack) {
    if constexpr (requires { c.get(key)->size(); }) {
      const auto types = c.get(key);
      std::int64_t layers = 0;
      bool good = types->is_array();
      for (std::size_t i = 0; good && i < types->size(); ++i) {
        const auto each = (*types)[i];
        good = each.is_array() && each.size() == 2 && each[0].is_array() && each[0].size() > 0 && each[1].is_integer();
        if (!good) break;
        for (std::int64_t n = 0; good && n < *each[1].integer(); ++n)
          for (std::size_t k = 0; good && k < each[0].size(); ++k) {
            const auto type = each[0][k].string();
            good = (type == "global" || type == "local") && layers < stack.layers;
            if (good) stack.kind_of[layers++] = type == "local";
          }
      }
      if (!good || layers != stack.layers)
        c.reject(key, "expected [[[\"global\" or \"local\", ...], times], ...] for num_layers in all");
    }
  }
};

}  // namespace families

}  // namespace skald
