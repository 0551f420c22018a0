// The tokens of an encoder, one place later, as a decoder reads them: transformers' shift_tokens_right.
#pragma once
#include <span>
#include <vector>

#include "skald/core/fault.hpp"
#include "skald/model/special_tokens.hpp"
#include "skald/spec/kinds.hpp"

namespace skald::inline SKALD_ABI {

/// Adds them to `to`: as many as there are, the last one left out. Fault: invalid_argument, where the first is not
/// known (a model whose decoder must be given tokens, or without a start token).
inline Fault shift_right(std::span<const token_id> ids, DecoderInput how, const SpecialTokens& special,
                         std::vector<token_id>& to) {
  if (ids.empty()) return {};
  token_id first = special.first_of_decoder();
  if (how == DecoderInput::after_last) {
    std::size_t last = ids.size() - 1;
    while (last > 0 && ids[last] == special.pad) --last;
    first = ids[last];
  }
  if (how == DecoderInput::none || first < 0)
    return fault(FaultCode::invalid_argument,
                 how == DecoderInput::none ? "the decoder of this model takes no tokens from the encoder"
                                           : "decoder_start_token_id: expected in config.json");
  to.push_back(first);
  to.insert(to.end(), ids.begin(), ids.end() - 1);
  return {};
}

}  // namespace skald
