// The last token is given.
#pragma once
#include <utility>
#include <vector>

#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Where one token is left before context.max_length, leaves the given tokens alone, all with the score 0. Hugging
/// Face's ForcedEOSTokenLogitsProcessor.
/// Error, in the row: out_of_range, a token outside the vocabulary.
struct ForcedEos {
  using LogitsLink = void;

  std::vector<token_id> forced_eos_token_id;

  void operator()(LogitsRow& row, const RowContext& context) const {
    if (static_cast<std::int64_t>(context.ids.size()) != std::int64_t{context.max_length} - 1) return;
    for (const token_id t : forced_eos_token_id) {
      if (t >= row.vocab())
        row.fail(fault(FaultCode::out_of_range, "forced_eos_token_id: a token below", row.vocab(), t));
    }
    row.force(forced_eos_token_id);
  }

  Fault check() const {
    for (const token_id t : forced_eos_token_id) {
      if (t < 0) return fault(FaultCode::invalid_argument, "forced_eos_token_id has to be a list of tokens", 0, t);
    }
    if (!forced_eos_token_id.empty()) return {};
    return fault(FaultCode::invalid_argument, "forced_eos_token_id has to be a token or a list of tokens; it is empty");
  }
};

}  // namespace skald
