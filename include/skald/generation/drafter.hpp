// Who guesses the next tokens, so that one forward may confirm several.
#pragma once
#include <algorithm>
#include <concepts>
#include <span>
#include <vector>

#include "skald/core/random.hpp"
#include "skald/logits/row.hpp"

namespace skald::inline SKALD_ABI {

/// | expression        | result                       | meaning                                                |
/// |-------------------|------------------------------|--------------------------------------------------------|
/// | d.draft(ids, n)   | range of at most n token_ids | guesses what follows ids; empty: no idea               |
template <class D>
concept Drafter = requires(D& d, std::span<const token_id> ids, std::int32_t n) {
  { d.draft(ids, n) } -> std::convertible_to<std::span<const token_id>>;
};

/// A drafter that knows how likely its own guesses were, so that speculative sampling may take them at their odds:
///
/// | expression               | result                 | meaning                                                     |
/// |--------------------------|------------------------|-------------------------------------------------------------|
/// | d.draft(context, n, key) | range of at most n ids | as above; key not null: drawn, by its seed and sequence     |
/// | d.probabilities(i)       | span of vocab() floats | what guess i was drawn from; empty: it was not drawn        |
/// Any drafter may have d.heard(matched, guessed): how many of the last guesses were right.
template <class D>
concept SamplingDrafter = Drafter<D> && requires(D& d, const RowContext& c, std::int32_t n, const RandomKey* key) {
  { d.draft(c, n, key) } -> std::convertible_to<std::span<const token_id>>;
  { d.probabilities(n) } -> std::convertible_to<std::span<const float>>;
};

/// Looks for the longest n-gram at the end of ids that stood there before, leftmost first, and proposes what followed
/// it. Saxena, "Prompt lookup decoding" (2023); transformers' PromptLookupCandidateGenerator. Worst case O(ids *
/// ngram).
struct PromptLookup {
  std::int32_t num_tokens = 10;             ///< prompt_lookup_num_tokens
  std::int32_t max_matching_ngram_size = 2;

  std::span<const token_id> draft(std::span<const token_id> ids, std::int32_t most) const {
    const auto length = std::ptrdiff_t(ids.size());
    for (std::ptrdiff_t n = std::min<std::ptrdiff_t>(max_matching_ngram_size, length - 1); n >= 1; --n) {
      const auto tail = ids.last(std::size_t(n));
      for (std::ptrdiff_t at = 0; at + n < length; ++at)
        if (std::equal(tail.begin(), tail.end(), ids.begin() + at))
          return ids.subspan(
              std::size_t(at + n),
              std::size_t(std::min({std::ptrdiff_t(num_tokens), std::ptrdiff_t(most), length - at - n})));
    }
    return {};
  }
};

static_assert(Drafter<PromptLookup>);

}  // namespace skald
