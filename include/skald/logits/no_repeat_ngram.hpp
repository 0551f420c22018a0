// No sequence of n tokens twice: Paulus, Xiong and Socher, "A Deep Reinforced Model for Abstractive Summarization"
// (2017).
#pragma once
#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Removes every token that follows the last n - 1 of `ids` somewhere in `text`: what would end an n-gram of it.
/// Where n is 1, `pad` too: it stood in front. One sweep over `text`, no table: nothing has to be kept, copied or taken
/// back where a sequence forks.
inline void ban_ngrams(LogitsRow& row, std::span<const token_id> text, std::span<const token_id> ids, std::int32_t n,
                       token_id pad) {
  const auto before = static_cast<std::size_t>(n) - 1;  // tokens that have to agree
  if (text.size() <= before || ids.size() < before) return;
  const token_id* end = ids.data() + ids.size();
  const auto windows = static_cast<std::int32_t>(text.size() - before);
  if (before == 0) {
    for (const token_id t : text) row.ban(t);
    return row.ban(pad);
  }
  const token_id last = end[-1];
  for_each_where(text.data() + before - 1, windows, [last](token_id t) { return t == last; }, [&](std::int32_t i) {
    std::size_t same = 1;
    while (same < before && text[static_cast<std::size_t>(i) + before - 1 - same] == *(end - 1 - same)) ++same;
    if (same == before) row.ban(text[static_cast<std::size_t>(i) + before]);
    return true;
  });
}

}  // namespace detail

/// Removes every token that would end a sequence of no_repeat_ngram_size tokens which context.ids, prompt included,
/// already holds. O(ids), a vector compare for 32 of them, whatever the vocabulary. Hugging Face's
/// NoRepeatNGramLogitsProcessor.
struct NoRepeatNgram {
  using LogitsLink = void;

  std::int32_t no_repeat_ngram_size = 0;

  void operator()(LogitsRow& row, const RowContext& context) const {
    detail::ban_ngrams(row, context.ids, context.ids, no_repeat_ngram_size, context.pad);
  }

  constexpr Fault check() const {
    if (no_repeat_ngram_size > 0) return {};
    return fault(FaultCode::invalid_argument, "no_repeat_ngram_size has to be a strictly positive integer", 1,
                 no_repeat_ngram_size);
  }
};

}  // namespace skald
