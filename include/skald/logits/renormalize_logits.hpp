// Scores become log-probabilities.
#pragma once
#include <cmath>

#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// score - max - ln(sum of e^(score - max)) over what is left; the sum is taken in double. A row without a finite
/// maximum stays as it is, for the sampler to refuse. Hugging Face's LogitNormalization.
struct RenormalizeLogits {
  using LogitsLink = void;

  void operator()(LogitsRow& row, const RowContext&) const {
    const float top = row.max();
    if (!(top > -detail::infinity && top < detail::infinity)) return;
    const auto log_total = static_cast<float>(std::log(detail::sum_exp(row.values().data(), row.size(), top)));
    for (float& score : row.values()) score = score - top - log_total;
  }
};

}  // namespace skald
