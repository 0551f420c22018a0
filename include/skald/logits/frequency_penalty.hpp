// Discourages what has been generated, the more the more often.
#pragma once
#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// score - frequency_penalty * n for every token that occurs n times in context.new_ids(): the prompt does not count.
/// O(new tokens). The option of OpenAI's interface and of vLLM (SamplingParams); transformers has none like it.
struct FrequencyPenalty {
  using LogitsLink = void;

  float frequency_penalty = 0.0f;

  void operator()(LogitsRow& row, const RowContext& context) const {
    const std::span<float> count = row.scratch();  // of the tokens that occur; the rest is never looked at
    for (const token_id t : context.new_ids()) {
      if (row.find(t)) count[static_cast<std::size_t>(t)] = 0.0f;
    }
    for (const token_id t : context.new_ids()) {
      if (row.find(t)) count[static_cast<std::size_t>(t)] += 1.0f;
    }
    for (const token_id t : context.new_ids()) {
      float* score = row.find(t);
      if (!score) continue;
      *score -= frequency_penalty * count[static_cast<std::size_t>(t)];
      count[static_cast<std::size_t>(t)] = 0.0f;  // done
    }
  }

  constexpr Fault check() const {
    if (frequency_penalty >= -2.0f && frequency_penalty <= 2.0f) return {};
    return fault(FaultCode::invalid_argument, "frequency_penalty has to be a number in [-2, 2]");
  }
};

}  // namespace skald
