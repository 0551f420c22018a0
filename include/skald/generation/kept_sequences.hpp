// What a session remembers from call to call: sequences whose beginning a later prompt may share.
#pragma once
#include <algorithm>
#include <utility>
#include <vector>

#include "skald/layers/kv_cache.hpp"

namespace skald::inline SKALD_ABI {

/// Ids, and the sequence of a cache that holds exactly them.
struct KeptSequence {
  std::vector<token_id> ids;
  SeqId sequence = -1;
};

/// The last few sequences that calls left, the latest last. It owns them: their places are free again when they are
/// forgotten, the oldest first.
class KeptSequences {
 public:
  explicit KeptSequences(std::int32_t most = 0) : most_(most) {}

  std::int32_t most() const { return most_; }
  std::span<const KeptSequence> all() const { return all_; }

  /// A sequence of the longest beginning that a kept one shares with `ids`, all but the last of them at most: a fork,
  /// the caller's from then on. -1: nothing is shared, or no room.
  template <class C>
  SeqId fork_for(std::span<const token_id> ids, C& cache) const {
    std::size_t longest = 0;
    const KeptSequence* best = nullptr;
    for (const KeptSequence& k : all_) {
      const std::size_t n = std::min(shared(k.ids, ids), ids.size() - 1);
      if (n >= longest && n > 0) longest = n, best = &k;
    }
    const SeqId s = best ? cache.fork(best->sequence) : -1;
    if (s < 0 || cache.rewind(s, std::int32_t(longest))) return s;
    cache.drop(s);
    return -1;
  }

  /// Takes a sequence over; one that is its beginning goes, and the oldest where there are too many.
  template <class C>
  void keep(KeptSequence kept, C& cache) {
    if (kept.sequence < 0) return;
    if (most_ <= 0 || kept.ids.empty()) return cache.drop(kept.sequence);
    std::erase_if(all_, [&](const KeptSequence& k) {
      const bool part = shared(k.ids, kept.ids) == k.ids.size();
      if (part) cache.drop(k.sequence);
      return part;
    });
    if (all_.size() == std::size_t(most_)) {
      cache.drop(all_.front().sequence);
      all_.erase(all_.begin());
    }
    all_.push_back(std::move(kept));
  }

  /// Whether there was anything to forget.
  template <class C>
  bool forget(C& cache) {
    for (const KeptSequence& k : all_) cache.drop(k.sequence);
    return !std::exchange(all_, {}).empty();
  }

 private:
  static std::size_t shared(std::span<const token_id> a, std::span<const token_id> b) {
    return std::size_t(std::ranges::mismatch(a, b).in1 - a.begin());
  }

  std::int32_t most_;
  std::vector<KeptSequence> all_;
};

}  // namespace skald
