// Keeps what is not too improbable beside the best token.
#pragma once
#include <cmath>

#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Cuts every token whose probability is less than min_p times that of the best one, but keeps the context.min_keep
/// best. One sweep: p < min_p * p_best says score < score_best + ln(min_p). Hugging Face's MinPLogitsWarper.
struct MinP {
  using LogitsLink = void;

  float min_p = 0.0f;

  void operator()(LogitsRow& row, const RowContext& context) const {
    const double top = row.max();
    const float threshold = static_cast<float>(top + std::log(double{min_p}));
    if (context.min_keep > 1 && row.kth_best(context.min_keep) < threshold) {
      row.keep_best(context.min_keep);
    } else {
      row.keep_at_least(threshold);
    }
  }

  constexpr Fault check() const {
    if (min_p >= 0.0f && min_p <= 1.0f) return {};
    return fault(FaultCode::invalid_argument, "min_p has to be a number in [0, 1]");
  }
};

}  // namespace skald
