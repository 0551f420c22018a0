// What a cache of sequences must answer, whatever its policy.
#pragma once
#include <concepts>

#include "skald/backend/space.hpp"
#include "skald/core/fault.hpp"
#include "skald/spec/model_spec.hpp"
#include "skald/tensor/cache_elements.hpp"
#include "skald/tensor/kv_view.hpp"
#include "skald/tensor/step_batch.hpp"

namespace skald::inline SKALD_ABI {

/// | expression        | result  | meaning                                                                     |
/// |-------------------|---------|-----------------------------------------------------------------------------|
/// | c.create()        | SeqId   | an empty sequence; -1: no room                                              |
/// | c.drop(s)         | void    |                                                                             |
/// | c.fork(s)         | SeqId   | shares or copies the past; -1: no room, or no such sequence                 |
/// | c.rewind(s, n)    | bool    | back to n positions; false: not possible any more                           |
/// | c.extend(s, n)    | Fault   | room for n more positions, all or nothing                                   |
/// | c.length(s)       | int32_t | positions held; -1: no such sequence                                        |
/// | c.context()       | int32_t | the most a sequence may hold                                                |
/// | c.view(layer, s)  | KvView  | good until the sequence changes                                             |
/// Between steps only: what create, fork and rewind do is done on return. See docs/kv_caches.md.
template <class C>
concept KvCache = requires(C& c, const C& cc, SeqId s, int layer, std::int32_t n) {
  typename C::Space;
  typename C::element;
  { c.create() } -> std::same_as<SeqId>;
  { c.drop(s) } -> std::same_as<void>;
  { c.fork(s) } -> std::same_as<SeqId>;
  { c.rewind(s, n) } -> std::same_as<bool>;
  { c.extend(s, n) } -> std::same_as<Fault>;
  { cc.length(s) } -> std::same_as<std::int32_t>;
  { cc.context() } -> std::same_as<std::int32_t>;
  { cc.view(layer, s) } -> std::same_as<KvView<typename C::Space, typename C::element>>;
};

/// What every policy refuses: a sequence that does not exist, or one that would grow beyond context().
template <class C>
Fault check_extend(const C& cache, SeqId s, std::int32_t n) {
  const std::int32_t length = cache.length(s);
  if (length < 0) return fault(FaultCode::out_of_range, "cache: no such sequence", s);
  if (n > cache.context() - length)
    return fault(FaultCode::out_of_range, "cache: positions of a sequence, at most", cache.context(),
                 std::int64_t{length} + n, s);
  return {};
}

/// The sizes every cache of elements T needs from a spec.
template <class T>
struct CacheShape {
  std::int32_t layers = 0;
  index_t width = 0;  ///< elements that hold kv_heads * head_dim numbers, of the widest kind

  constexpr explicit CacheShape(const ModelSpec& spec)
      : layers(spec.decoder.layers), width(elements_for<T>(spec.decoder.kv_width())) {}

  /// Of key and value of one position in all layers.
  constexpr std::size_t bytes_per_token() const { return std::size_t(layers) * 2 * std::size_t(width) * sizeof(T); }
};

}  // namespace skald
