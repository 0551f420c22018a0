// Text that belongs to a grammar: the processor.
#pragma once
#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

#include "skald/grammar/grammar.hpp"
#include "skald/grammar/token_masks.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Leaves only tokens with which the new text is the beginning of a text of the grammar. Where it may end, end tokens
/// (RowContext::eos) stay too; where it must end, they alone; and where no token fits, a vocabulary without some byte
/// say, they alone as well. If other links have removed all that fits, it comes back with the score 0, but for beams.
/// A stateful processor; what it learns of the grammar is shared by its copies, and safe for any number of threads.
///
/// Cost of a row: a look into a table for each byte of the last token, and one sweep over the row at most. Of a state
/// that was never seen: a walk through the tree of the vocabulary, as far as tokens fit.
/// Errors, in the row: unsupported, more readings of the text or more work than GrammarLimits allow; invalid_argument,
/// the text must end and there is no end token. See docs/structured_output.md.
class ConstrainedDecoding {
 public:
  using LogitsLink = void;

  /// Where a sequence is in the grammar. Copies are independent.
  class State {
    friend class ConstrainedDecoding;
    std::shared_ptr<detail::TokenMasks> masks;
    detail::GrammarState at = detail::GrammarMachine::dead;
    bool ended = false;  // what follows the end is not looked at
  };

  ConstrainedDecoding(Grammar grammar, TokenVocabulary vocabulary)
      : shared_(std::make_shared<Shared>(std::move(grammar), std::move(vocabulary))) {}

  State start(const RowContext& context) const {
    const std::lock_guard lock(shared_->mutex);
    State state;
    state.masks = shared_->current(context.eos);
    state.at = state.masks->machine().start();
    return state;
  }

  void operator()(LogitsRow& row, const RowContext& context, State& state) const {
    if (state.ended) return;
    std::shared_ptr<const detail::TokenMask> mask;
    {
      const std::lock_guard lock(shared_->mutex);
      if (auto now = shared_->current(context.eos); now != state.masks) {
        state.at = now->machine().adopt(state.masks->machine(), state.at);
        state.masks = std::move(now);
      }
      mask = state.masks->mask(state.at);
    }
    if (!mask) {
      return row.fail(fault(FaultCode::unsupported, "grammar: more readings or work than GrammarLimits allow, row",
                            context.row));
    }
    if (mask->ones == 0) {
      return row.fail(fault(FaultCode::invalid_argument,
                            "grammar: the text must end here, and there is no eos_token_id, row", context.row));
    }
    row.keep_bits(mask->bits, mask->ones);
    if (context.log_probs || has_score(row)) return;
    row.dense();
    for (std::size_t t = 0; t < mask->bits.size() * 64; ++t) {
      float* const score = mask->has(token_id(t)) ? row.find(token_id(t)) : nullptr;
      if (score) *score = 0.0f;
    }
  }

  void accept(token_id token, State& state) const {
    if (state.ended) return;
    const std::lock_guard lock(shared_->mutex);
    state.ended = state.masks->is_end(token);
    if (!state.ended) state.at = state.masks->behind(state.at, token);
  }

 private:
  struct Shared {
    Shared(Grammar g, TokenVocabulary v) : grammar(std::move(g)), vocabulary(std::move(v)) {}
    const Grammar grammar;
    const TokenVocabulary vocabulary;
    std::mutex mutex;
    std::shared_ptr<detail::TokenMasks> masks;

    /// What is remembered now: begun anew when it is full, or other tokens end a text; states move over one by one.
    std::shared_ptr<detail::TokenMasks> current(std::span<const token_id> ends) {
      if (!masks || masks->is_full() || !std::ranges::equal(masks->ends(), ends)) {
        masks = std::make_shared<detail::TokenMasks>(grammar.automaton(), vocabulary, ends);
      }
      return masks;
    }
  };

  static bool has_score(LogitsRow& row) {
    return std::ranges::any_of(row.values(), [](float v) { return !(v == -detail::infinity); });
  }

  std::shared_ptr<Shared> shared_;
};

}  // namespace skald
