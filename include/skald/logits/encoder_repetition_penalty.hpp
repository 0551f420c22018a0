// Encourages what stands in the prompt.
#pragma once
#include "skald/logits/repetition_penalty.hpp"

namespace skald::inline SKALD_ABI {

/// For every distinct token that the encoder read: score * p, or score / p where score < 0, so above 1 they become
/// likelier. For a decoder alone that is its prompt; the padding in front of it, context.pad, is part of it.
/// O(prompt), whatever the vocabulary. Hugging Face's EncoderRepetitionPenaltyLogitsProcessor, which takes 1 / p in
/// double.
struct EncoderRepetitionPenalty {
  using LogitsLink = void;

  double encoder_repetition_penalty = 1.0;

  void operator()(LogitsRow& row, const RowContext& context) const {
    const auto penalty = static_cast<float>(1.0 / encoder_repetition_penalty);
    bool said = false;
    for (const token_id t : context.source_ids()) said = said || t == context.pad;
    if (!said) detail::penalise(row, {&context.pad, 1}, penalty);
    detail::penalise(row, context.source_ids(), penalty);
  }

  constexpr Fault check() const {
    if (encoder_repetition_penalty > 0.0 && encoder_repetition_penalty < double{detail::infinity}) return {};
    return fault(FaultCode::invalid_argument,
                 "encoder_repetition_penalty has to be a strictly positive, finite number");
  }
};

}  // namespace skald
