// Whatever the caller's function allows: De Cao et al., "Autoregressive Entity Retrieval" (2021).
#pragma once
#include <concepts>
#include <iterator>
#include <span>
#include <utility>

#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Cuts all but the tokens that `allowed(prompt, ids)` gives: a range of tokens in any order, for the prompt of that
/// number and all tokens so far. Is every one of them removed already, they come back with the score 0, as in
/// transformers; beams are looked at one by one, so there the row stays empty. One sweep. Hugging Face's
/// PrefixConstrainedLogitsProcessor, `prefix_allowed_tokens_fn`.
/// Errors, in the row: invalid_argument, an empty range; out_of_range, a token outside the vocabulary.
template <class F>
struct PrefixAllowedTokens {
  using LogitsLink = void;

  F allowed;

  void operator()(LogitsRow& row, const RowContext& context) const {
    auto&& tokens = allowed(context.prompt, context.ids);
    static_assert(std::convertible_to<decltype(*std::begin(tokens)), token_id>,
                  "skald: what prefix_allowed_tokens_fn gives must be a range of tokens. "
                  "See docs/logits_processors.md");
    if (std::begin(tokens) == std::end(tokens))
      return row.fail(fault(FaultCode::invalid_argument,
                            "prefix_allowed_tokens_fn: no token is allowed; the constraint cannot be met. prompt",
                            context.prompt));
    for (const token_id t : tokens) {
      if (t < 0 || t >= row.vocab())
        return row.fail(fault(FaultCode::out_of_range, "prefix_allowed_tokens_fn: a token below", row.vocab(), t,
                              context.prompt));
    }
    row.keep_only(tokens);
    if (context.log_probs || row.max() != -detail::infinity) return;
    row.dense();
    for (const token_id t : tokens) *row.find(t) = 0.0f;
  }
};

template <class F>
PrefixAllowedTokens(F) -> PrefixAllowedTokens<F>;

}  // namespace skald
