// The first token is given.
#pragma once
#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Where the sequence has one token, context.length() == 1, leaves forced_bos_token_id alone, with the score 0: made
/// for encoder-decoders, whose decoders begin with one token. Hugging Face's ForcedBOSTokenLogitsProcessor.
/// Error, in the row: out_of_range, a token outside the vocabulary.
struct ForcedBos {
  using LogitsLink = void;

  token_id forced_bos_token_id = 0;

  void operator()(LogitsRow& row, const RowContext& context) const {
    if (context.length() != 1) return;
    if (forced_bos_token_id >= row.vocab())
      row.fail(fault(FaultCode::out_of_range, "forced_bos_token_id: a token below", row.vocab(), forced_bos_token_id));
    row.force({&forced_bos_token_id, 1});
  }

  constexpr Fault check() const {
    if (forced_bos_token_id >= 0) return {};
    return fault(FaultCode::invalid_argument, "forced_bos_token_id has to be a token", 0, forced_bos_token_id);
  }
};

}  // namespace skald
