// Byte-pair merges: which pairs of tokens become one, in which order, and the two loops that apply them.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "skald/text/models/token_model.hpp"
#include "skald/text/models/vocabulary.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Pairs of ids to the rank and the result of their merge: open addressing, at most half full.
class MergeTable {
 public:
  struct Merge {
    std::uint32_t rank = no_merge;
    token_id result = 0;
  };
  static constexpr std::uint32_t no_merge = UINT32_MAX;

  struct Entry {
    token_id left, right;
    Merge merge;
  };

  /// Fills the table. Of a pair that is there twice the later one counts.
  void insert(const std::vector<Entry>& entries) {
    slots_.assign(std::bit_ceil(2 * entries.size() + 2), {nobody, {}});
    shift_ = 64 - std::countr_zero(slots_.size());
    constexpr std::size_t ahead = 16;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i + ahead < entries.size()) {
        __builtin_prefetch(&slots_[first_place(key(entries[i + ahead].left, entries[i + ahead].right))], 1);
      }
      const std::uint64_t k = key(entries[i].left, entries[i].right);
      slots_[place(k)] = {k, entries[i].merge};
    }
  }

  Merge find(token_id left, token_id right) const { return slots_[place(key(left, right))].merge; }

 private:
  struct Slot {
    std::uint64_t key;
    Merge merge;
  };
  static constexpr std::uint64_t nobody = UINT64_MAX;

  static std::uint64_t key(token_id left, token_id right) {
    return std::uint64_t(std::uint32_t(left)) << 32 | std::uint32_t(right);
  }
  std::size_t first_place(std::uint64_t key) const { return ((key ^ key >> 29) * 0x9E3779B97F4A7C15u) >> shift_; }
  std::size_t place(std::uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = first_place(key);
    while (slots_[at].key != key && slots_[at].key != nobody) at = (at + 1) & mask;
    return at;
  }

  std::vector<Slot> slots_ = {{nobody, {}}, {nobody, {}}};
  int shift_ = 63;
};

/// Repeats: merge the leftmost pair of the lowest rank. One object a thread.
class Merger {
 public:
  /// Merges `tokens` in place.
  void run(const MergeTable& merges, std::vector<Token>& tokens) {
    if (tokens.size() <= short_word) run_short(merges, tokens);
    else run_long(merges, tokens);
  }

 private:
  static constexpr std::size_t short_word = 64;

  /// Looks through all pairs for the lowest rank and merges those that have it: O(n^2), and the fastest for words.
  void run_short(const MergeTable& merges, std::vector<Token>& tokens) {
    auto& next = next_;
    std::size_t n = tokens.size();
    if (n < 2) return;
    const auto pair = [&](std::size_t left, std::size_t right) {
      return right < n ? merges.find(tokens[left].id, tokens[right].id) : MergeTable::Merge{};
    };
    for (std::size_t i = 0; i < n; ++i) next[i] = pair(i, i + 1);
    for (;;) {
      std::size_t from = 0;
      for (std::size_t i = 1; i + 1 < n; ++i) {
        if (next[i].rank < next[from].rank) from = i;
      }
      const std::uint32_t rank = next[from].rank;
      if (rank == MergeTable::no_merge) break;
      // From left to right, unless a merge brings a pair that comes first.
      std::size_t to = from;
      for (bool first = true; from < n; ++to) {
        if (!first || next[from].rank != rank) {
          tokens[to] = tokens[from];
          next[to] = next[from++];
          continue;
        }
        tokens[to] = {next[from].result, tokens[from].size + tokens[from + 1].size};
        from += 2;
        next[to] = pair(to, from);
        if (to > 0) next[to - 1] = pair(to - 1, to);
        first = next[to].rank > rank && (to == 0 || next[to - 1].rank > rank);
      }
      n = to;
    }
    while (tokens.size() > n) tokens.pop_back();
  }

  /// A heap of pairs over a linked list: O(n log n) for pieces without end.
  void run_long(const MergeTable& merges, std::vector<Token>& tokens) {
    const std::uint32_t n = std::uint32_t(tokens.size());
    links_.resize(n);
    heap_.clear();
    for (std::uint32_t i = 0; i < n; ++i) links_[i] = {i - 1, i + 1};
    const auto pair_at = [&](std::uint32_t i) {
      return links_[i].next < n ? merges.find(tokens[i].id, tokens[links_[i].next].id) : MergeTable::Merge{};
    };
    for (std::uint32_t i = 0; i < n; ++i) {
      if (const std::uint32_t rank = pair_at(i).rank; rank != MergeTable::no_merge) heap_.push_back(entry(rank, i));
    }
    std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
    const auto push = [&](std::uint32_t i) {
      const std::uint32_t rank = pair_at(i).rank;
      if (rank == MergeTable::no_merge) return;
      heap_.push_back(entry(rank, i));
      std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    };
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      const std::uint64_t top = heap_.back();
      heap_.pop_back();
      const auto i = std::uint32_t(top);
      if (tokens[i].size == gone) continue;
      const MergeTable::Merge merge = pair_at(i);
      if (merge.rank != std::uint32_t(top >> 32)) continue;  // its pair is another one by now
      const std::uint32_t right = links_[i].next;
      tokens[i].id = merge.result;
      tokens[i].size += tokens[right].size;
      tokens[right].size = gone;
      links_[i].next = links_[right].next;
      if (links_[i].next < n) links_[links_[i].next].previous = i;
      push(i);
      if (i != 0) push(links_[i].previous);
    }
    std::size_t kept = 0;
    for (const Token& token : tokens) {
      if (token.size != gone) tokens[kept++] = token;
    }
    while (tokens.size() > kept) tokens.pop_back();
  }

  struct Link {
    std::uint32_t previous, next;
  };
  static constexpr std::uint32_t gone = UINT32_MAX;
  static std::uint64_t entry(std::uint32_t rank, std::uint32_t i) { return std::uint64_t{rank} << 32 | i; }

  MergeTable::Merge next_[short_word + 1];  // of each token with the one behind it
  std::vector<Link> links_;
  std::vector<std::uint64_t> heap_;
};

}  // namespace detail
}  // namespace skald
