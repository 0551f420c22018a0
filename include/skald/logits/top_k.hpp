// Keeps the k most probable tokens.
#pragma once
#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Cuts every score less than the k-th highest; all that are equal to it stay, so more than k may.
/// k is at least context.min_keep. O(vocabulary), no sort. Hugging Face's TopKLogitsWarper.
struct TopK {
  using LogitsLink = void;

  std::int32_t top_k = 50;

  void operator()(LogitsRow& row, const RowContext& context) const {
    row.keep_best_with_ties(top_k > context.min_keep ? top_k : context.min_keep);
  }

  constexpr Fault check() const {
    if (top_k > 0) return {};
    return fault(FaultCode::invalid_argument, "top_k has to be a strictly positive integer", 1, top_k);
  }
};

}  // namespace skald
