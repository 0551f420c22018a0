// What changes while a model generates: one queue, one cache. Many sessions may share one model, each on its own
// thread.
#pragma once
#include <utility>

#include "skald/core/result.hpp"
#include "skald/generation/engine.hpp"
#include "skald/generation/kept_sequences.hpp"
#include "skald/layers/paged_cache.hpp"

namespace skald::inline SKALD_ABI {

struct SessionOptions {
  std::int32_t context = 0;    ///< most positions of a sequence; 0: the model's max_positions
  std::int64_t positions = 0;  ///< room of all sequences together; 0: four of `context`
  /// So many sequences stay when a call has ended, and a prompt that begins like one of them is not read again. Their
  /// places are given back when a call needs them. 0: none. None either where a rope scales by length.
  std::int32_t kept_sequences = 4;
};

namespace detail {

/// A model may say itself what its sessions hold: `template <class T> using Cache`, and allocate_cache().
template <class Model, class T>
struct SessionCache {
  using type = PagedCache<typename Model::Backend, T>;
};
template <class Model, class T>
  requires requires { typename Model::template Cache<T>; }
struct SessionCache<Model, T> {
  using type = typename Model::template Cache<T>;
};

/// The model's own allocate_cache(), or the cache's.
template <class T, class Model, class Cache>
Fault allocate_cache(const Model& model, std::int32_t context, std::int64_t positions, Cache& cache) {
  if constexpr (requires { model.template allocate_cache<T>(context, positions, cache); })
    return model.template allocate_cache<T>(context, positions, cache);
  else return Cache::allocate(model.spec(), context, positions, cache);
}

/// Keys of a rope that scales by length (dynamic, longrope) are not those of another length; and who records forwards
/// (`static constexpr bool needs_every_forward`) must not miss one.
template <class Model>
bool may_keep(const Model& model) {
  if constexpr (requires { Model::needs_every_forward; })
    if (Model::needs_every_forward) return false;
  for (const RopeSpec& rope : model.spec().ropes)
    if (rope.scaling == RopeScaling::dynamic || rope.scaling == RopeScaling::longrope) return false;
  return true;
}

}  // namespace detail

/// The model must outlive it. Memory of positions that are never used is not touched.
template <class Model, class T = float>
class Session {
 public:
  using Cache = typename detail::SessionCache<Model, T>::type;

  static Result<Session> try_create(const Model& model, SessionOptions options = {}) {
    const std::int32_t context = options.context > 0 ? options.context : model.spec().max_positions;
    const std::int64_t positions = options.positions > 0 ? options.positions : 4 * std::int64_t(context);
    Cache cache;
    if (Fault f = detail::allocate_cache<T>(model, context, positions, cache)) return f;
    return Session(model, std::move(cache), options);
  }

  template <class M = Model>
  static Session create(const M& model, SessionOptions options = {}) { return unwrap(try_create(model, options)); }

  const Model& model() const { return engine_.model(); }
  const SessionOptions& options() const { return options_; }
  Engine<Model, Cache>& engine() { return engine_; }

  /// What calls left behind; forget(cache) gives its places back.
  KeptSequences& kept() { return kept_; }

  /// One forward for all of these searches: `session.step(greedy, beams, drafts)`. What is kept goes when room is
  /// short.
  template <class... Searches>
  Fault step(Searches&... searches) {
    const Fault f = engine_.step(searches...);
    if (f.code != FaultCode::out_of_memory || !kept_.forget(engine_.cache())) return f;
    return engine_.step(searches...);
  }

 private:
  Session(const Model& model, Cache cache, SessionOptions options)
      : options_(options), engine_(model, model.backend().queue(), std::move(cache)),
        kept_(detail::may_keep(model) ? options.kept_sequences : 0) {}

  SessionOptions options_;
  Engine<Model, Cache> engine_;
  KeptSequences kept_;
};

}  // namespace skald
