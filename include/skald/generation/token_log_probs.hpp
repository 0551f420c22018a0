// Log-probabilities of tokens, from a row of logits.
#pragma once
#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "skald/logits/numeric.hpp"

namespace skald::inline SKALD_ABI {

struct TokenLogProb {
  token_id token = -1;
  float log_prob = 0;  ///< ln p(token | what stands before)
};

/// One place of a text: the token that stands there, and the likeliest ones, best first.
struct TokenLogProbs {
  TokenLogProb chosen;
  std::vector<TokenLogProb> top{};
};

namespace detail {

/// ln(sum e^x); blocks in float, their sum in double. NaN when the row has no maximum.
inline float log_sum_exp(std::span<const float> x) {
  const float top = max_of(x.data(), std::int32_t(x.size()));
  if (!(top > -infinity && top < infinity)) return std::numeric_limits<float>::quiet_NaN();
  return top + float(std::log(sum_exp(x.data(), std::int32_t(x.size()), top)));
}

/// The `n` best of a row, the lower token among equals, and the chosen one: logits - ln(sum e^logits). O(vocab).
inline TokenLogProbs log_probs_of(std::span<const float> logits, token_id chosen, std::int32_t n) {
  const float shift = log_sum_exp(logits);
  TokenLogProbs found{{chosen, logits[std::size_t(chosen)] - shift}};
  auto& top = found.top;
  for (std::size_t i = 0; n > 0 && i < logits.size(); ++i) {
    const TokenLogProb each{token_id(i), logits[i] - shift};
    if (top.size() == std::size_t(n) && !(each.log_prob > top.back().log_prob)) continue;
    const auto at = std::upper_bound(top.begin(), top.end(), each, [](const TokenLogProb& a, const TokenLogProb& b) {
      return a.log_prob > b.log_prob;
    });
    top.insert(at, each);
    if (top.size() > std::size_t(n)) top.pop_back();
  }
  return found;
}

}  // namespace detail

}  // namespace skald
