// mBART: bart with its norms before, and one behind each stack. Liu et al. 2020; transformers models/mbart.
#pragma once
#include "skald/model/families/bart.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct MBart {
  static constexpr std::string_view model_type = "mbart", prefix = Bart::prefix;
  static constexpr auto& encoder_names = bart_encoder_names;
  static constexpr auto& names = bart_decoder_names;
  static constexpr HeadStyle heads = seq2seq_heads;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = Bart::spec(c);
    s.decoder_input = DecoderInput::after_last;
    for (StackSpec* stack : {&s.encoder, &s.decoder}) {
      stack->kinds[0].norms = attention_in | feed_forward_in;
      stack->final_norm = true;
    }
    return s;
  }
};

}  // namespace families

}  // namespace skald
