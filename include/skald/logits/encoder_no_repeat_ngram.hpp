// No sequence of n tokens of the prompt again.
#pragma once
#include "skald/logits/no_repeat_ngram.hpp"

namespace skald::inline SKALD_ABI {

/// Removes every token that would end a sequence of encoder_no_repeat_ngram_size tokens which the encoder read or, of a
/// decoder alone, the prompt holds. O(prompt). Hugging Face's EncoderNoRepeatNGramLogitsProcessor.
struct EncoderNoRepeatNgram {
  using LogitsLink = void;

  std::int32_t encoder_no_repeat_ngram_size = 0;

  void operator()(LogitsRow& row, const RowContext& context) const {
    detail::ban_ngrams(row, context.source_ids(), context.ids, encoder_no_repeat_ngram_size, context.pad);
  }

  constexpr Fault check() const {
    if (encoder_no_repeat_ngram_size > 0) return {};
    return fault(FaultCode::invalid_argument, "encoder_no_repeat_ngram_size has to be a strictly positive integer", 1,
                 encoder_no_repeat_ngram_size);
  }
};

}  // namespace skald
