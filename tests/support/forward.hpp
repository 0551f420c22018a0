// One forward by hand: a cache, a queue and a batch, on any backend with a heap.
#pragma once
#include <span>
#include <vector>

#include "skald/core/random.hpp"
#include "skald/core/result.hpp"
#include "skald/generation/step_builder.hpp"
#include "skald/layers/paged_cache.hpp"

namespace support {

using skald::Fault;
using skald::token_id;

/// Runs steps on one model and hands over all logits asked for.
template <class Model>
class Forward {
 public:
  using Cache = skald::PagedCache<typename Model::Backend>;

  explicit Forward(const Model& m, std::int32_t context = 512)
      : model(m), queue(m.backend().queue()) {
    skald::unwrap(skald::Result<void>(Cache::allocate(m.spec(), context, 4 * context, cache)));
  }

  Fault run(const skald::StepBatch& batch) {
    const std::size_t n = batch.logits_at.size() * std::size_t(model.vocab_size());
    logits.assign(n, 0.0f);
    if constexpr (skald::is_host<typename Model::Space>) {
      return model.forward(queue, batch, cache, logits.data());
    } else {
      typename Model::Backend::Memory memory;
      if (Fault f = Model::Backend::Memory::allocate(n * sizeof(float), memory)) return f;
      const auto there = Model::Space::template cast<float>(memory.data());
      if (Fault f = model.forward(queue, batch, cache, there)) return f;
      queue.read(logits.data(), there, skald::index_t(n));
      return queue.wait();
    }
  }

  /// Appends tokens to a sequence; the logits of all of them.
  Fault feed(skald::SeqId s, std::span<const token_id> tokens) {
    skald::StepBuilder step;
    step.add(cache, s, tokens, std::int32_t(tokens.size()));
    return run(step.batch());
  }

  const Model& model;
  typename Model::Queue queue;
  Cache cache;
  std::vector<float> logits;
};

/// The logits after every token of one sequence.                                              // [tokens, vocab]
template <class Model>
std::vector<float> logits_of(const Model& model, std::span<const token_id> tokens) {
  Forward<Model> forward(model);
  skald::unwrap(skald::Result<void>(forward.feed(forward.cache.create(), tokens)));
  return forward.logits;
}

/// Token ids that look at random, below `vocab`.
inline std::vector<token_id> some_tokens(std::size_t n, std::int32_t vocab, std::uint32_t seed = 1) {
  std::vector<token_id> ids;
  for (std::size_t i = 0; i < n; ++i)
    ids.push_back(token_id(skald::random_bits({seed, 0, std::uint32_t(i)}) % std::uint32_t(vocab)));
  return ids;
}

}  // namespace support
