// What changes while a model generates: one queue, one cache. Many sessions may share one model, each on its own
// thread.
#pragma once
#include <utility>

#include "skald/core/result.hpp"
#include "skald/generation/engine.hpp"
#include "skald/layers/paged_cache.hpp"

namespace skald::inline SKALD_ABI {

struct SessionOptions {
  std::int32_t context = 0;    ///< most positions of a sequence; 0: the model's max_positions
  std::int64_t positions = 0;  ///< room of all sequences together; 0: four of `context`
};

/// The model must outlive it. Memory of positions that are never used is not touched.
template <class Model, class T = float>
class Session {
 public:
  using Cache = PagedCache<typename Model::Backend, T>;

  static Result<Session> try_create(const Model& model, SessionOptions options = {}) {
    const std::int32_t context = options.context > 0 ? options.context : model.spec().max_positions;
    const std::int64_t positions = options.positions > 0 ? options.positions : 4 * std::int64_t(context);
    Cache cache;
    if (Fault f = Cache::allocate(model.spec(), context, positions, cache)) return f;
    return Session(model, std::move(cache));
  }

  template <class M = Model>
  static Session create(const M& model, SessionOptions options = {}) { return unwrap(try_create(model, options)); }

  const Model& model() const { return engine_.model(); }
  Engine<Model, Cache>& engine() { return engine_; }

  /// One forward for all of these searches: `session.step(greedy, beams, drafts)`.
  template <class... Searches>
  Fault step(Searches&... searches) { return engine_.step(searches...); }

 private:
  Session(const Model& model, Cache cache) : engine_(model, model.backend().queue(), std::move(cache)) {}

  Engine<Model, Cache> engine_;
};

}  // namespace skald
