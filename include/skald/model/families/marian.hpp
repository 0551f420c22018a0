// Marian: bart with sinusoids for positions and no norm of the embedding; translators, each of two languages, whose
// vocabularies may be two. Junczys-Dowmunt et al. 2018; transformers models/marian.
#pragma once
#include "skald/model/families/bart.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct Marian {
  static constexpr std::string_view model_type = "marian", prefix = Bart::prefix;
  static constexpr auto& encoder_names = bart_encoder_names;
  static constexpr auto& names = bart_decoder_names;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_bart_like(c, 58101);
    s.position_table = PositionTable::sinusoidal;
    s.shared_embedding = c.field("share_encoder_decoder_embeddings", true);
    s.decoder_vocab_size = c.field("decoder_vocab_size", s.vocab_size);
    return s;
  }
};

}  // namespace families

}  // namespace skald
