// What searches write their proposals into: the rows of one forward.
#pragma once
#include <span>
#include <vector>

#include "skald/core/fixed_list.hpp"
#include "skald/layers/kv_cache.hpp"
#include "skald/tensor/step_batch.hpp"

namespace skald::inline SKALD_ABI {

/// `List<T>` is std::vector<T>, or a FixedList where there is no heap.
template <template <class> class List>
class BasicStepBuilder {
 public:
  /// Proposes to append `tokens` to sequence `s`; the last `want` of them want logits. Positions go on from what the
  /// sequence holds. Returns the number of the first logits row.
  template <KvCache C>
  std::int32_t add(const C& cache, SeqId s, std::span<const token_id> tokens, std::int32_t want,
                   std::uint16_t adapter = 0, std::int32_t rope_ahead = 0, const RowOrigin& origin = {}) {
    const auto first = std::int32_t(tokens_.size()), past = cache.length(s), count = std::int32_t(tokens.size());
    const auto row = std::int32_t(logits_at_.size());
    for (std::int32_t i = 0; i < count; ++i) {
      tokens_.push_back(tokens[std::size_t(i)]);
      positions_.push_back(past + i);
    }
    for (std::int32_t i = count - want; i < count; ++i) logits_at_.push_back(first + i);
    rows_.push_back({s, first, count, past, adapter, rope_ahead, origin});
    return row;
  }

  StepBatch batch() const { return {tokens_, positions_, rows_, logits_at_}; }
  bool empty() const { return rows_.empty(); }
  void clear() {
    tokens_.clear();
    positions_.clear();
    rows_.clear();
    logits_at_.clear();
  }

 private:
  List<token_id> tokens_;
  List<std::int32_t> positions_;
  List<Row> rows_;
  List<std::int32_t> logits_at_;
};

namespace detail {
template <class T> using HeapList = std::vector<T>;
template <std::size_t N> struct RoomFor {
  template <class T> using List = FixedList<T, N>;
};
}  // namespace detail

using StepBuilder = BasicStepBuilder<detail::HeapList>;

/// At most N tokens a step, without a heap.
template <std::size_t N>
using FixedStepBuilder = BasicStepBuilder<detail::RoomFor<N>::template List>;

}  // namespace skald
