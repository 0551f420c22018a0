// A token drawn with its probability.
#pragma once
#include "skald/logits/numeric.hpp"
#include "skald/sampling/concepts.hpp"

namespace skald::inline SKALD_ABI {

/// Draws from softmax(scores), float32 with the maximum subtracted: the first token, ascending, at which the sum of
/// e^(score - max) exceeds u times the whole, u uniform in [0, 1) from the key. O(entries left), works in the row's
/// scratch(). What is at -inf, or more than 87.7 below the maximum, is never drawn.
/// no_token when nothing is left, or a score is NaN or +inf.
struct Multinomial {
  static constexpr bool draws_from_softmax = true;  ///< so speculative sampling may stand in for it
  std::uint64_t seed = 0;

  token_id operator()(LogitsRow& row, const RandomKey& key) const {
    const float top = row.max();
    if (!(top > -detail::infinity && top < detail::infinity)) return no_token;
    const std::span<const float> scores = row.values();
    const std::span<float> sums = row.scratch();  // of e^(score - max), one a block
    const std::int32_t n = row.size();
    const auto length = [n](std::int32_t first) {
      return n - first < detail::block_size ? n - first : detail::block_size;
    };
    double total = 0;
    for (std::int32_t first = 0, block = 0; first < n; first += detail::block_size, ++block) {
      sums[block] = detail::sum_exp_block(scores.data() + first, length(first), top);
      total += sums[block];
    }

    const double target = random_uniform(key) * total;
    double sum = 0;
    std::int32_t first = 0, block = 0;
    while (first + detail::block_size < n && sum + sums[block] <= target) {
      sum += sums[block++];
      first += detail::block_size;
    }
    token_id token = no_token;
    for (std::int32_t i = first; i < first + length(first); ++i) {
      const float e = detail::exp_nonpositive(scores[i] - top);
      if (e > 0.0f) token = row.token(i);
      sum += e;
      if (sum > target) break;
    }
    return token;  // the block's last possible one, should rounding keep its own sum just below
  }
};

}  // namespace skald
