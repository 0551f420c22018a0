// No end before a length.
#pragma once
#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Removes the end tokens while prompt and new tokens together, context.length(), are fewer than min_length. Hugging
/// Face's MinLengthLogitsProcessor.
struct MinLength {
  using LogitsLink = void;

  std::int32_t min_length = 0;

  void operator()(LogitsRow& row, const RowContext& context) const {
    if (context.length() >= min_length) return;
    for (const token_id t : context.eos) row.ban(t);
  }

  constexpr Fault check() const {
    if (min_length >= 0) return {};
    return fault(FaultCode::invalid_argument, "min_length has to be a non-negative integer", 0, min_length);
  }
};

}  // namespace skald
