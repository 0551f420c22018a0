// Who hears of tokens as they come.
#pragma once
#include <concepts>
#include <span>

#include "skald/generation/search.hpp"

namespace skald::inline SKALD_ABI {

/// | expression         | meaning                                                                                    |
/// |--------------------|--------------------------------------------------------------------------------------------|
/// | s.put(row, tokens) | new tokens of a sequence; put again after it threw                                          |
/// | s.end(row, reason) | once a sequence; reason none: the call failed                                              |
/// One that has s.prompt(row, tokens) hears of every prompt before anything runs.
/// Not with beam search, where tokens may change until the end: generate() refuses it.
template <class S>
concept Streamer = requires(S& s, std::int32_t row, std::span<const token_id> tokens, FinishReason reason) {
  s.put(row, tokens);
  s.end(row, reason);
};

}  // namespace skald
