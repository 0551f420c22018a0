// The tokens a checkpoint gives a meaning to.
#pragma once
#include "skald/core/fixed_list.hpp"
#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

/// End tokens, held by value: a model has a few.
using EosIds = FixedList<token_id, 16>;

/// From generation_config.json, else config.json; -1: none.
struct SpecialTokens {
  EosIds eos{};
  token_id bos = -1, pad = -1;
  token_id decoder_start = -1;

  /// What the decoder of an encoder-decoder begins with; -1: none.
  token_id first_of_decoder() const { return decoder_start >= 0 ? decoder_start : bos; }
};

}  // namespace skald
