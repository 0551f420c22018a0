// No end before a number of new tokens.
#pragma once
#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Removes the end tokens while there are fewer than min_new_tokens new ones. Hugging Face's
/// MinNewTokensLengthLogitsProcessor.
struct MinNewTokens {
  using LogitsLink = void;

  std::int32_t min_new_tokens = 0;

  void operator()(LogitsRow& row, const RowContext& context) const {
    if (static_cast<std::int64_t>(context.ids.size()) - context.prompt_length >= min_new_tokens) return;
    for (const token_id t : context.eos) row.ban(t);
  }

  constexpr Fault check() const {
    if (min_new_tokens >= 0) return {};
    return fault(FaultCode::invalid_argument, "min_new_tokens has to be a non-negative integer", 0, min_new_tokens);
  }
};

}  // namespace skald
