// How many bytes a step takes, from the spec alone: an array bound on firmware, an allocation elsewhere.
#pragma once
#include <algorithm>
#include <cstddef>

#include "skald/spec/model_spec.hpp"

namespace skald::inline SKALD_ABI {

/// Every scratch take is rounded up to this, so rows start on a cache line.
inline constexpr std::size_t scratch_alignment = 64;

template <class T>
constexpr std::size_t scratch_bytes(index_t count) {
  return (std::size_t(count) * sizeof(T) + scratch_alignment - 1) / scratch_alignment * scratch_alignment;
}

struct MemoryPlan {
  std::size_t scratch = 0;          ///< bytes of one step
  std::size_t cache_per_token = 0;  ///< bytes of key and value a position adds, all layers, in float32
};

/// Bytes of key and value of one position in all layers.
constexpr std::size_t cache_bytes_per_token(const ModelSpec& spec, std::size_t element = sizeof(float)) {
  return std::size_t(spec.decoder.layers) * 2 * std::size_t(spec.decoder.kv_width()) * element;
}

/// Scratch of one block on `tokens` rows; the widest moment of attention and of the feed-forward.
constexpr std::size_t block_scratch(const ModelSpec& spec, const BlockSpec& b, index_t tokens, index_t context,
                                    index_t workers) {
  const auto& a = b.attention;
  const auto& f = b.feed_forward;
  const index_t h = spec.hidden_size;
  std::size_t n = scratch_bytes<float>(tokens * h);                            // normed input
  if (b.parallel) n += scratch_bytes<float>(tokens * h);                       // the other branch's
  n += scratch_bytes<float>(tokens * h);                                       // a branch's result
  const std::size_t attention =
      2 * scratch_bytes<float>(tokens * a.q_width()) + 2 * scratch_bytes<float>(tokens * a.kv_width()) +
      scratch_bytes<float>(workers * context);
  std::size_t inner = 0;
  if (f.kind == FeedForward::experts) {
    const index_t picked = tokens * f.experts_per_token;
    inner = scratch_bytes<float>(tokens * f.experts) + scratch_bytes<std::int32_t>(picked) +
            scratch_bytes<float>(picked) + 2 * scratch_bytes<float>(picked * f.inner) +
            scratch_bytes<float>(picked * h) + 2 * scratch_bytes<float>(tokens * f.shared_inner) +
            (f.shared_inner ? scratch_bytes<float>(tokens * h) : 0) +
            (f.shared_gate ? scratch_bytes<float>(tokens) : 0);
  } else {
    inner = (f.kind == FeedForward::gated ? 2 : 1) * scratch_bytes<float>(tokens * f.inner);
  }
  return n + std::max(attention, inner);
}

/// The whole step: `tokens` rows in one forward, sequences of at most `context` positions, `outputs` rows of logits,
/// `workers`: rows of scores held at once, a thread one or what its kernels want (`score_rows`). `of_block`:
/// what one block takes, where it is a user's own.
constexpr MemoryPlan memory_plan(const ModelSpec& spec, index_t tokens, index_t context, index_t outputs,
                                 index_t workers = 1, decltype(&block_scratch) of_block = &block_scratch) {
  const auto& stack = spec.stack();
  std::size_t block = 0;
  for (int k = 0; k < stack.kinds_used(); ++k)
    block = std::max(block, of_block(spec, stack.kinds[k], tokens, context, workers));
  std::size_t ropes[2] = {};
  for (int k = 0; k < stack.kinds_used(); ++k) {
    const auto& a = stack.kinds[k].attention;
    if (a.position == Position::rope) ropes[a.rope] = scratch_bytes<float>(tokens * spec.ropes[a.rope].dim);
  }
  const index_t wide = std::max(spec.hidden_size, spec.embedding_width());
  std::size_t n = 3 * scratch_bytes<std::int32_t>(tokens)                       // ids, types, positions
                  + scratch_bytes<std::int32_t>(outputs)
                  + scratch_bytes<float>(tokens * spec.hidden_size)             // the residual stream
                  + ropes[0] + ropes[1];
  if (!spec.cached())                                                           // keys and values live one step
    n += 2 * scratch_bytes<float>(tokens * stack.kv_width());
  if (spec.projection != Projection::none) n += scratch_bytes<float>(tokens * spec.embedding_width());
  const std::size_t head = 3 * scratch_bytes<float>(outputs * wide);            // gathered, projected, transformed
  return {n + std::max(block, head), cache_bytes_per_token(spec)};
}

}  // namespace skald
