// A search proposes rows and consumes logits; it never runs the model.
#pragma once
#include <concepts>
#include <span>

#include "skald/core/fault.hpp"
#include "skald/generation/step_builder.hpp"
#include "skald/logits/row.hpp"

namespace skald::inline SKALD_ABI {

enum class FinishReason : std::uint8_t { none, length, stop, cancelled, time };

constexpr const char* name(FinishReason r) {
  switch (r) {
    case FinishReason::none: return "none";
    case FinishReason::length: return "length";
    case FinishReason::stop: return "stop";
    case FinishReason::cancelled: return "cancelled";
    case FinishReason::time: return "time";
  }
  return "none";
}

/// The logits of a step on the host, with working room for one row at a time.
struct LogitsBatch {
  float* data = nullptr;   ///< [rows, vocab]
  std::int32_t vocab = 0;
  token_id* ids = nullptr; ///< [vocab]
  float* values = nullptr; ///< [vocab]

  std::span<float> operator[](std::int32_t r) const {
    return {data + std::size_t(r) * std::size_t(vocab), std::size_t(vocab)};
  }
  LogitsRow row(std::int32_t r) const {
    return {(*this)[r], {ids, std::size_t(vocab)}, {values, std::size_t(vocab)}};
  }
};

/// | expression              | result | meaning                                                                       |
/// |-------------------------|--------|-------------------------------------------------------------------------------|
/// | s.propose(builder, c)   | Fault  | adds the rows it wants next, after rewinding what its sequences hold too much |
/// | s.consume(logits, c)    | Fault  | takes the logits of those rows; changes itself only when all went well        |
/// | s.finished()            | bool   |                                                                               |
/// | s.release(c)            | void   | gives its sequences back                                                      |
/// Invariant: before propose each sequence's cache holds its ids but those still to be fed, or more; so a cancelled
/// step, a user's exception and a rejected draft all resume by the same path. See docs/searches.md.
template <class S, class C, class Builder = StepBuilder>
concept SearchStrategy = KvCache<C> && requires(S& s, const S& cs, C& c, Builder& b, const LogitsBatch& l) {
  { s.propose(b, c) } -> std::same_as<Fault>;
  { s.consume(l, c) } -> std::same_as<Fault>;
  { cs.finished() } -> std::same_as<bool>;
  { s.release(c) } -> std::same_as<void>;
};

/// What of a sequence is fed to the model, and how.
struct Feed {
  std::span<const token_id> ids;   ///< all of them, drafted ones at the end
  std::int32_t drafted = 0;
  std::int32_t chunk = 0;          ///< most prompt tokens a step; 0: all
  std::uint16_t adapter = 0;
  std::int32_t rope_ahead = 0;     ///< Row::rope_ahead
  RowOrigin origin{};
  std::int32_t rope_switch = 0;    ///< ModelSpec::rope_switch
};

/// What a search does in propose() for one of its sequences, and all that keeps the invariant: rewinds `s` (created
/// when -1) so that at least the last known token is still to be fed, and adds what is. `row`: the first of its drafted
/// + 1 logits rows, or -1 while more of the prompt is to come. Beyond rope_switch a sequence is computed in one piece,
/// anew when it gets there: what its cache held was turned otherwise.
template <class Builder, class C>
Fault feed(Builder& builder, C& cache, SeqId& s, const Feed& what, std::int32_t& row) {
  if (s < 0 && (s = cache.create()) < 0) return fault(FaultCode::out_of_memory, "cache: no room for another sequence");
  const auto known = std::int32_t(what.ids.size()) - what.drafted;
  if (cache.length(s) > known - 1 && !cache.rewind(s, known - 1))
    return fault(FaultCode::unsupported, "cache: cannot go back to position", known - 1, cache.length(s));
  const auto size = std::int32_t(what.ids.size());
  const bool beyond = what.rope_switch > 0 && size + what.rope_ahead > what.rope_switch;
  if (beyond && cache.length(s) + what.rope_ahead <= what.rope_switch && !cache.rewind(s, 0))
    return fault(FaultCode::unsupported, "cache: cannot go back to position", 0, cache.length(s));
  const std::int32_t past = cache.length(s), left = size - past;
  const bool part = what.chunk > 0 && left - what.drafted > what.chunk && !beyond;
  row = builder.add(cache, s, what.ids.subspan(std::size_t(past), std::size_t(part ? what.chunk : left)),
                    part ? 0 : what.drafted + 1, what.adapter, what.rope_ahead, what.origin);
  if (part) row = -1;
  return {};
}

}  // namespace skald
