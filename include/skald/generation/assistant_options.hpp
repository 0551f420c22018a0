// How many tokens an assistant model guesses at a time.
#pragma once
#include <cstdint>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

/// transformers' num_assistant_tokens_schedule: `heuristic` guesses two more after a step in which all were right, one
/// less after another, and remembers the number from call to call; `heuristic_transient` begins anew in each call.
enum class AssistantSchedule : std::uint8_t { constant, heuristic, heuristic_transient };

struct AssistantOptions {
  std::int32_t num_assistant_tokens = 20;
  AssistantSchedule num_assistant_tokens_schedule = AssistantSchedule::constant;
  /// Guessing ends behind a token that the assistant gave less than this; 0: never.
  float assistant_confidence_threshold = 0.4f;
};

}  // namespace skald
