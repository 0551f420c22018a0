// Sequences of tokens that never come.
#pragma once
#include "skald/logits/bias_table.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Removes the last token of every listed sequence whose other tokens end context.ids: always, for a single token, but
/// never an end token that is listed alone. O(sequences), whatever the vocabulary; the list is laid out once. Hugging
/// Face's NoBadWordsLogitsProcessor.
/// Errors, in the row: out_of_range, a token outside the vocabulary; invalid_argument, a list of end tokens alone.
class BadWords {
 public:
  using LogitsLink = void;

  explicit BadWords(std::vector<std::vector<token_id>> bad_words_ids) : list_(std::move(bad_words_ids)) {
    std::vector<BiasedSequence> removed;
    for (const std::vector<token_id>& ids : list_) removed.push_back({ids, -detail::infinity});
    table_ = detail::BiasTable(removed);
  }

  void operator()(LogitsRow& row, const RowContext& context) const {
    if (table_.greatest() >= row.vocab())
      row.fail(fault(FaultCode::out_of_range, "bad_words_ids: tokens below", row.vocab(), table_.greatest()));
    const auto counts = [&context](std::span<const token_id> ids) {
      return ids.size() > 1 || std::find(context.eos.begin(), context.eos.end(), ids[0]) == context.eos.end();
    };
    if (!context.eos.empty() && table_.all([&](std::span<const token_id> ids) { return !counts(ids); }))
      row.fail(fault(FaultCode::invalid_argument, "bad_words_ids: nothing is left of it without the end tokens"));
    table_.apply(row, context.ids, counts);
  }

  Fault check() const {
    if (list_.empty()) return fault(FaultCode::invalid_argument, "bad_words_ids has to be a list that is not empty");
    for (const std::vector<token_id>& ids : list_) {
      if (ids.empty())
        return fault(FaultCode::invalid_argument, "bad_words_ids: a sequence has to hold a token; one is empty");
      for (const token_id t : ids) {
        if (t < 0) return fault(FaultCode::invalid_argument, "bad_words_ids has to hold tokens", 0, t);
      }
    }
    return {};
  }

 private:
  std::vector<std::vector<token_id>> list_;
  detail::BiasTable table_;
};

}  // namespace skald
