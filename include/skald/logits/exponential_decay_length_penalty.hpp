// Makes the end likelier from token to token.
#pragma once
#include <cmath>

#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// From the token behind start_index new ones on: score + |score| * (decay_factor^n - 1) for the end tokens, n counted
/// from there. A score that is not finite stays. The power is taken in double. Hugging Face's
/// ExponentialDecayLengthPenalty.
struct ExponentialDecayLengthPenalty {
  using LogitsLink = void;

  std::int32_t start_index = 0;
  double decay_factor = 1.0;

  void operator()(LogitsRow& row, const RowContext& context) const {
    const std::int64_t n = static_cast<std::int64_t>(context.ids.size()) - context.prompt_length - start_index;
    if (n <= 0) return;
    const auto penalty = static_cast<float>(std::pow(decay_factor, static_cast<double>(n)) - 1.0);
    for (std::size_t i = 0; i < context.eos.size(); ++i) {
      bool again = false;  // a token listed twice is changed once
      for (std::size_t j = 0; j < i; ++j) again = again || context.eos[j] == context.eos[i];
      float* score = again ? nullptr : row.find(context.eos[i]);
      if (score && std::fabs(*score) < detail::infinity) *score += std::fabs(*score) * penalty;
    }
  }

  constexpr Fault check() const {
    if (decay_factor == decay_factor) return {};
    return fault(FaultCode::invalid_argument, "exponential_decay_length_penalty: the decay factor has to be a number");
  }
};

}  // namespace skald
