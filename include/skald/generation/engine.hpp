// Runs the model for searches: one forward for all rows that any number of them propose.
#pragma once
#include <iterator>
#include <utility>
#include <vector>

#include "skald/backend/backend.hpp"
#include "skald/generation/search.hpp"

namespace skald::inline SKALD_ABI {

/// What an engine runs: a Transformer, a model of your own, or one that wraps another.
///
/// | expression                      | result  | meaning                                                             |
/// |---------------------------------|---------|---------------------------------------------------------------------|
/// | M::Backend, M::Space, M::Queue  | types   | Queue and Space are the backend's                                   |
/// | M::Ptr                          | type    | Space::ptr<float>                                                   |
/// | m.vocab_size()                  | int32_t | scores in a row of logits                                           |
/// | m.forward(q, batch, cache, to)  | Fault   | as Transformer::forward: after a fault the caches are as before     |
/// generate() and Session also ask spec() (sizes of a cache, max_positions), backend() and special_tokens().
template <class M, class C>
concept CausalModel = KvCache<C> && requires(const M& m, typename M::Queue& q, const StepBatch& b, C& c,
                                             typename M::Ptr logits) {
  requires Backend<typename M::Backend>;
  requires std::same_as<typename M::Queue, typename M::Backend::Queue>;
  requires std::same_as<typename M::Ptr, typename M::Space::template ptr<float>>;
  { m.vocab_size() } -> std::same_as<std::int32_t>;
  { m.forward(q, b, c, logits) } -> std::same_as<Fault>;
};

/// A queue, a cache and the buffers of a step. One thread at a time; the model may be shared with any number of
/// engines.
template <class Model, KvCache Cache>
  requires CausalModel<Model, Cache>
class Engine {
 public:
  Engine(const Model& model, typename Model::Queue queue, Cache cache)
      : model_(&model), queue_(std::move(queue)), cache_(std::move(cache)) {}

  const Model& model() const { return *model_; }
  typename Model::Queue& queue() { return queue_; }
  Cache& cache() { return cache_; }

  /// One step of every search given (each a search, or a range of searches) in one forward. Nothing left to do: no
  /// fault. After a fault, a cancellation or an exception of user code every search can go on from where it was.
  template <class... Searches>
  Fault step(Searches&... searches) {
    builder_.clear();
    Fault f;
    (void)((each(searches, [&](auto& s) { return f = s.propose(builder_, cache_), bool(f); })) || ...);
    if (f || builder_.empty()) return f;
    const StepBatch batch = builder_.batch();
    if ((f = run(batch))) return f;
    const auto vocab = std::size_t(model_->vocab_size());
    ids_.resize(vocab);
    values_.resize(vocab);
    const LogitsBatch logits{logits_.data(), model_->vocab_size(), ids_.data(), values_.data()};
    (void)((each(searches, [&](auto& s) { return f = s.consume(logits, cache_), bool(f); })) || ...);
    return f;
  }

 private:
  /// f for a search or for each of a range; stops when one returns true.
  template <class S, class F>
  static bool each(S& searches, F&& f) {
    if constexpr (requires { std::begin(searches); }) {
      for (auto& s : searches)
        if (f(s)) return true;
      return false;
    } else {
      return f(searches);
    }
  }

  /// When it returns everything recorded has run or was dropped; after a fault the caches are as before.
  Fault run(const StepBatch& batch) {
    const std::size_t size = batch.logits_at.size() * std::size_t(model_->vocab_size());
    if (logits_.size() < size) logits_.resize(size);
    Fault f;
    if constexpr (is_host<typename Model::Space>) {
      f = model_->forward(queue_, batch, cache_, logits_.data());
    } else {
      const std::size_t bytes = size * sizeof(float);
      if (device_logits_.size() < bytes && (f = Model::Backend::Memory::allocate(bytes, device_logits_))) return f;
      auto on_device = Model::Space::template cast<float>(device_logits_.data());
      f = model_->forward(queue_, batch, cache_, on_device);
      if (!f) queue_.read(logits_.data(), on_device, index_t(size));
    }
    // Also after a fault: what was recorded before it must not run later, into places that are then another's.
    const Fault ended = queue_.wait();
    if (f || !ended) return f;
    for (const Row& row : batch.rows) cache_.rewind(row.sequence, row.past);
    return ended;
  }

  const Model* model_;
  typename Model::Queue queue_;
  Cache cache_;
  StepBuilder builder_;
  std::vector<float> logits_, values_;
  std::vector<token_id> ids_;
  typename Model::Backend::Memory device_logits_;  // empty where the host's own buffer will do
};

}  // namespace skald
