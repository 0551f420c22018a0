// Discourages whatever has been generated, however often.
#pragma once
#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// score - presence_penalty for every distinct token of context.new_ids(): the prompt does not count, and what has been
/// cut stays out. O(new tokens). The option of OpenAI's interface and of vLLM (SamplingParams); transformers has none
/// like it.
struct PresencePenalty {
  using LogitsLink = void;

  float presence_penalty = 0.0f;

  void operator()(LogitsRow& row, const RowContext& context) const {
    const std::span<float> seen = row.scratch();  // of the tokens that occur; the rest is never looked at
    for (const token_id t : context.new_ids()) {
      if (row.find(t)) seen[static_cast<std::size_t>(t)] = 0.0f;
    }
    for (const token_id t : context.new_ids()) {
      float* score = row.find(t);
      if (!score || seen[static_cast<std::size_t>(t)] != 0.0f) continue;
      seen[static_cast<std::size_t>(t)] = 1.0f;
      *score -= presence_penalty;
    }
  }

  constexpr Fault check() const {
    if (presence_penalty >= -2.0f && presence_penalty <= 2.0f) return {};
    return fault(FaultCode::invalid_argument, "presence_penalty has to be a number in [-2, 2]");
  }
};

}  // namespace skald
