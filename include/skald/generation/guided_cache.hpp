// Pairs of sequences that grow, fork and go back together: with the prompt and without it.
#pragma once
#include <algorithm>
#include <utility>
#include <vector>

#include "skald/layers/kv_cache.hpp"

namespace skald::inline SKALD_ABI {

/// A cache whose every sequence is two of `C`'s. Its length is that of the one with the prompt; the other holds the
/// negative prompt as soon as the prompt is complete, and what came after. Guided feeds both.
template <KvCache C>
class GuidedCache {
 public:
  using Space = typename C::Space;
  using element = typename C::element;

  struct Pair {
    SeqId with = -1, without = -1;           ///< of the inner cache; -1: free
    std::int32_t prompt = 0, negative = 0;   ///< tokens of the prompt, and of what stands in its place
  };
  /// Room of a forward.
  struct Work {
    std::vector<token_id> tokens;
    std::vector<std::int32_t> positions, logits_at, first_at;
    std::vector<Row> rows;
    std::vector<float> logits;
    typename C::Memory memory;

    void clear() { tokens.clear(), positions.clear(), logits_at.clear(), first_at.clear(), rows.clear(); }
  };

  GuidedCache() = default;
  GuidedCache(C inner, std::int32_t context) : inner_(std::move(inner)), context_(context) {}

  SeqId create() { return add({inner_.create(), inner_.create()}); }
  void drop(SeqId s) {
    if (!holds(s)) return;
    inner_.drop(pair(s).with);
    inner_.drop(pair(s).without);
    pair(s) = {};
  }
  SeqId fork(SeqId s) {
    if (!holds(s)) return -1;
    const Pair from = pair(s);
    return add({inner_.fork(from.with), inner_.fork(from.without), from.prompt, from.negative});
  }
  bool rewind(SeqId s, std::int32_t n) {
    if (n < 0 || n > length(s)) return false;
    const std::int32_t other = std::min(length_without(s, n), inner_.length(pair(s).without));
    return inner_.rewind(pair(s).without, other) && inner_.rewind(pair(s).with, n);
  }
  Fault extend(SeqId s, std::int32_t n) {
    if (Fault f = check_extend(*this, s, n)) return f;
    return inner_.extend(pair(s).with, n);
  }
  std::int32_t length(SeqId s) const { return holds(s) ? inner_.length(pairs_[std::size_t(s)].with) : -1; }
  std::int32_t context() const { return context_; }
  auto view(int layer, SeqId s) const { return inner_.view(layer, pairs_[std::size_t(s)].with); }

  bool holds(SeqId s) const { return s >= 0 && std::size_t(s) < pairs_.size() && pairs_[std::size_t(s)].with >= 0; }
  Pair& pair(SeqId s) { return pairs_[std::size_t(s)]; }
  /// How long the sequence without the prompt is when the other has n positions.
  std::int32_t length_without(SeqId s, std::int32_t n) const {
    const Pair& p = pairs_[std::size_t(s)];
    return p.prompt > 0 && n >= p.prompt ? p.negative + n - p.prompt : 0;
  }
  C& inner() { return inner_; }
  Work& work() { return work_; }

 private:
  SeqId add(const Pair& p) {
    if (p.with < 0 || p.without < 0) {
      if (p.with >= 0) inner_.drop(p.with);
      if (p.without >= 0) inner_.drop(p.without);
      return -1;
    }
    std::size_t s = 0;
    while (s < pairs_.size() && pairs_[s].with >= 0) ++s;
    if (s == pairs_.size()) pairs_.emplace_back();
    pairs_[s] = p;
    return SeqId(s);
  }

  C inner_;
  std::int32_t context_ = 0;
  std::vector<Pair> pairs_;
  Work work_;
};

}  // namespace skald
