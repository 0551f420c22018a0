// Discourages what has been said: Keskar et al., "CTRL" (2019).
#pragma once
#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// change(score) for the score of every distinct token of `ids`, once. What has been cut, and ids outside the
/// vocabulary, have no score. O(ids), works in the row's scratch().
template <class F>
void for_each_distinct(LogitsRow& row, std::span<const token_id> ids, F change) {
  const std::span<float> seen = row.scratch();  // of the tokens that occur; the rest is never looked at
  for (const token_id t : ids) {
    if (row.find(t)) seen[static_cast<std::size_t>(t)] = 0.0f;
  }
  for (const token_id t : ids) {
    float* score = row.find(t);
    if (!score || seen[static_cast<std::size_t>(t)] != 0.0f) continue;
    seen[static_cast<std::size_t>(t)] = 1.0f;
    change(*score);
  }
}

/// score / penalty, or score * penalty below zero.
inline void penalise(LogitsRow& row, std::span<const token_id> ids, float penalty) {
  for_each_distinct(row, ids, [penalty](float& score) { score = score < 0.0f ? score * penalty : score / penalty; });
}

}  // namespace detail

/// For every distinct token of context.ids, prompt included: score / repetition_penalty, or score * repetition_penalty
/// where score < 0. However often a token occurs it is penalised once; ids outside the vocabulary have no score and are
/// passed over. O(ids), whatever the vocabulary. Hugging Face's RepetitionPenaltyLogitsProcessor.
struct RepetitionPenalty {
  using LogitsLink = void;

  float repetition_penalty = 1.0f;

  void operator()(LogitsRow& row, const RowContext& context) const {
    detail::penalise(row, context.ids, repetition_penalty);
  }

  constexpr Fault check() const {
    if (repetition_penalty > 0.0f && repetition_penalty < detail::infinity) return {};
    return fault(FaultCode::invalid_argument, "repetition_penalty has to be a strictly positive, finite number");
  }
};

}  // namespace skald
