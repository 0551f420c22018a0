// Discourages whatever has been generated, however often.
#pragma once
#include "skald/logits/repetition_penalty.hpp"

namespace skald::inline SKALD_ABI {

/// score - presence_penalty for every distinct token of context.new_ids(): the prompt does not count, and what has been
/// cut stays out. O(new tokens). The option of OpenAI's interface and of vLLM (SamplingParams); transformers has none
/// like it.
struct PresencePenalty {
  using LogitsLink = void;

  float presence_penalty = 0.0f;

  void operator()(LogitsRow& row, const RowContext& context) const {
    detail::for_each_distinct(row, context.new_ids(), [this](float& score) { score -= presence_penalty; });
  }

  constexpr Fault check() const {
    if (presence_penalty >= -2.0f && presence_penalty <= 2.0f) return {};
    return fault(FaultCode::invalid_argument, "presence_penalty has to be a number in [-2, 2]");
  }
};

}  // namespace skald
