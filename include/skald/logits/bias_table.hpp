// Sequences of tokens with a number each, as sequence_bias and bad_words_ids list them.
#pragma once
#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "skald/core/fault.hpp"
#include "skald/logits/row.hpp"

namespace skald::inline SKALD_ABI {

/// Tokens in a row, and what is added to the score of the last one where the others stand at the end of a sequence.
struct BiasedSequence {
  std::vector<token_id> ids;
  float bias = 0.0f;
};

namespace detail {

/// Laid out for one walk a row: by last token, so that the biases of a token are summed before they are added, and
/// those in the order in which torch sums them: single tokens, then prefix lengths as they first occur. Of two equal
/// sequences the later counts, as in a Python dict.
class BiasTable {
 public:
  BiasTable() = default;
  explicit BiasTable(const std::vector<BiasedSequence>& list) {
    std::vector<std::size_t> lengths;  // in their order of occurrence
    for (const BiasedSequence& s : list) {
      if (s.ids.size() > 1 && std::find(lengths.begin(), lengths.end(), s.ids.size()) == lengths.end())
        lengths.push_back(s.ids.size());
    }
    for (const BiasedSequence& s : list) {
      if (s.ids.empty()) continue;  // check() says so
      Entry e{s.ids.back(), 0, std::int32_t(tokens_.size()), std::int32_t(s.ids.size()) - 1, s.bias};
      if (e.before > 0)
        e.order = std::int32_t(std::find(lengths.begin(), lengths.end(), s.ids.size()) - lengths.begin()) + 1;
      tokens_.insert(tokens_.end(), s.ids.begin(), s.ids.end());
      entries_.push_back(e);
      for (const token_id t : s.ids) greatest_ = t > greatest_ ? t : greatest_;
    }
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return a.last != b.last ? a.last < b.last : a.order < b.order;
    });
    drop_repeated();
  }

  token_id greatest() const { return greatest_; }

  /// Adds the biases to the scores; `counts(entry's tokens)` false passes one over. O(entries), for the few whose last
  /// token before agrees also their length.
  template <class F>
  void apply(LogitsRow& row, std::span<const token_id> ids, F counts) const {
    for (std::size_t i = 0; i < entries_.size();) {
      const token_id last = entries_[i].last;
      float sum = 0.0f;
      bool any = false;
      for (; i < entries_.size() && entries_[i].last == last; ++i) {
        const std::span<const token_id> whole = tokens(entries_[i]);
        if (!ends_with(ids, whole.first(whole.size() - 1)) || !counts(whole)) continue;
        sum += entries_[i].bias;
        any = true;
      }
      if (!any) continue;
      if (float* score = row.find(last)) *score += sum;
    }
  }

  /// Whether f(tokens) is true of every sequence.
  template <class F>
  bool all(F f) const {
    return std::all_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return f(tokens(e)); });
  }

 private:
  struct Entry {
    token_id last;
    std::int32_t order, first, before;  ///< which sum; where in tokens_, and how many stand before the last
    float bias;
  };

  std::span<const token_id> tokens(const Entry& e) const {
    return {tokens_.data() + e.first, static_cast<std::size_t>(e.before) + 1};
  }

  static bool ends_with(std::span<const token_id> ids, std::span<const token_id> end) {
    if (end.size() > ids.size()) return false;
    for (std::size_t i = 1; i <= end.size(); ++i) {
      if (ids[ids.size() - i] != end[end.size() - i]) return false;
    }
    return true;
  }

  void drop_repeated() {
    std::vector<Entry> kept;
    for (const Entry& e : entries_) {
      bool found = false;
      for (std::size_t i = kept.size(); i-- > 0 && kept[i].last == e.last && kept[i].order == e.order && !found;) {
        found = std::equal(tokens(e).begin(), tokens(e).end(), tokens(kept[i]).begin(), tokens(kept[i]).end());
        if (found) kept[i].bias = e.bias;
      }
      if (!found) kept.push_back(e);
    }
    entries_ = std::move(kept);
  }

  std::vector<Entry> entries_;
  std::vector<token_id> tokens_;
  token_id greatest_ = -1;
};

}  // namespace detail
}  // namespace skald
