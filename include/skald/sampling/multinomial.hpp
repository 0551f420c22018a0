// A token drawn with its probability.
#pragma once
#include "skald/logits/numeric.hpp"
#include "skald/sampling/concepts.hpp"

namespace skald::inline SKALD_ABI {

/// Draws from softmax(scores), float32 with the maximum subtracted: the first token, ascending, at which the sum of
/// e^(score - max) exceeds u times the whole, u uniform in [0, 1) from the key. O(entries left), works in the row's
/// scratch(). What is at -inf, or more than 27.7 below the maximum, is never drawn.
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
    std::int64_t total = 0;
    for (std::int32_t first = 0, block = 0; first < n; first += detail::block_size, ++block) {
      sums[block] = detail::sum_exp_block(scores.data() + first, length(first), top);
      total += whole(sums[block]);
    }

    const std::int64_t u = random_bits(key) >> 8, low = (std::int64_t{1} << 24) - 1;  // of 2^24, as random_uniform()
    const std::int64_t target = (total >> 24) * u + ((total & low) * u >> 24);
    std::int64_t sum = 0;
    std::int32_t first = 0, block = 0;
    while (first + detail::block_size < n && sum + whole(sums[block]) <= target) {
      sum += whole(sums[block++]);
      first += detail::block_size;
    }
    token_id token = no_token;
    for (std::int32_t i = first; i < first + length(first); ++i) {
      const float e = detail::exp_nonpositive(scores[i] - top);
      if (whole(e) > 0) token = row.token(i);
      sum += whole(e);
      if (sum > target) break;
    }
    return token;  // the block's last possible one, should rounding keep its own sum just below
  }

 private:
  /// In units of 2^-40, of a block's sum, below 2^11: sums across blocks are exact, and need no double. In two pieces
  /// of 32 bits, because small processors make 64 bits of a float through double.
  static std::int64_t whole(float sum) {
    const auto high = std::int32_t(sum * 0x1p20f);
    const float rest = sum - float(high) * 0x1p-20f;
    return (std::int64_t(high) << 20) + std::int32_t(rest * 0x1p40f);
  }
};

}  // namespace skald
