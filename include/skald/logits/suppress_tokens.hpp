// Tokens that never come.
#pragma once
#include <utility>
#include <vector>

#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Removes the listed tokens at every step; ids outside the vocabulary are passed over. O(list). Hugging Face's
/// SuppressTokensLogitsProcessor.
struct SuppressTokens {
  using LogitsLink = void;

  std::vector<token_id> suppress_tokens;

  void operator()(LogitsRow& row, const RowContext&) const {
    for (const token_id t : suppress_tokens) row.ban(t);
  }
};

}  // namespace skald
