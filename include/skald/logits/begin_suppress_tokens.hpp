// Tokens that do not come first.
#pragma once
#include <utility>
#include <vector>

#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Removes the listed tokens at the first step, or at the second where a forced_bos_token_id takes the first one (a
/// prompt of at most one token). Ids outside the vocabulary are passed over. O(list). Hugging Face's
/// SuppressTokensAtBeginLogitsProcessor.
struct BeginSuppressTokens {
  using LogitsLink = void;

  std::vector<token_id> begin_suppress_tokens;
  bool forced_bos = false;  ///< whether there is a forced_bos_token_id

  void operator()(LogitsRow& row, const RowContext& context) const {
    const std::int32_t first = forced_bos && context.prompt_length + context.padding <= 1 ? 1 : 0;
    if (static_cast<std::int64_t>(context.ids.size()) != std::int64_t{context.prompt_length} + first) return;
    for (const token_id t : begin_suppress_tokens) row.ban(t);
  }
};

}  // namespace skald
