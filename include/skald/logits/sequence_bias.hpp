// A bonus or a malus for tokens and sequences of them.
#pragma once
#include "skald/logits/bias_table.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Adds `bias` to the score of a sequence's last token where its other tokens end context.ids: always, for a single
/// token. Several for one token are summed first. O(sequences), whatever the vocabulary; the list is laid out once.
/// Hugging Face's SequenceBiasLogitsProcessor.
/// Error, in the row: out_of_range, a token outside the vocabulary.
class SequenceBias {
 public:
  using LogitsLink = void;

  explicit SequenceBias(std::vector<BiasedSequence> sequence_bias)
      : list_(std::move(sequence_bias)), table_(list_) {}

  void operator()(LogitsRow& row, const RowContext& context) const {
    if (table_.greatest() >= row.vocab())
      row.fail(fault(FaultCode::out_of_range, "sequence_bias: tokens below", row.vocab(), table_.greatest()));
    table_.apply(row, context.ids, [](std::span<const token_id>) { return true; });
  }

  Fault check() const {
    if (list_.empty()) return fault(FaultCode::invalid_argument, "sequence_bias has to be a list that is not empty");
    for (const BiasedSequence& s : list_) {
      if (s.ids.empty())
        return fault(FaultCode::invalid_argument, "sequence_bias: a sequence has to hold a token; one is empty");
      for (const token_id t : s.ids) {
        if (t < 0) return fault(FaultCode::invalid_argument, "sequence_bias has to hold tokens", 0, t);
      }
    }
    return {};
  }

 private:
  std::vector<BiasedSequence> list_;
  detail::BiasTable table_;
};

}  // namespace skald
