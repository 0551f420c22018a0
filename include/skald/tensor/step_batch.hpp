// One ragged forward: rows of (sequence, tokens, positions), logits only where asked. No padding inside.
#pragma once
#include <span>

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

using SeqId = std::int32_t;  ///< a sequence of a cache

/// Whose row it is. A Transformer leaves it alone; models that wrap models, and who records, look at it.
struct RowOrigin {
  std::int32_t row = 0;            ///< among the outputs: prompt * returned sequences + i, or prompt * beams + beam
  std::int32_t prompt = 0;
  std::int32_t prompt_length = 0;  ///< of the sequence's tokens
};

/// Tokens [first, first + count) of one sequence that already holds `past` positions.
struct Row {
  SeqId sequence = 0;
  std::int32_t first = 0, count = 0, past = 0;
  std::uint16_t adapter = 0;  ///< 0: the base model
  /// Positions that the longest sequence of a padded batch is ahead: ropes that scale by length (dynamic, longrope)
  /// look at the longest row there, as transformers does. 0: the sequence's own length counts, whatever runs beside it.
  std::int32_t rope_ahead = 0;
  RowOrigin origin{};
};

struct StepBatch {
  std::span<const token_id> tokens;
  std::span<const std::int32_t> positions;   ///< one a token; what rotary and learned tables see
  std::span<const Row> rows;
  std::span<const std::int32_t> logits_at;   ///< tokens whose logits are wanted, in the order of the logits rows
  std::span<const std::int32_t> types{};     ///< one a token, or empty: all 0
};

}  // namespace skald
