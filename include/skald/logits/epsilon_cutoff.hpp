// Cuts what is improbable: Hewitt, Manning and Liang, "Truncation Sampling as Language Model Desmoothing" (2022).
#pragma once
#include <cmath>

#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Cuts what has less than `least` of the mass `total` = sum of e^(score - top), but keeps the context.min_keep best
/// and all that are equal to the last of them.
inline void cut_below_probability(LogitsRow& row, const RowContext& context, double least, double total, float top) {
  const auto threshold = static_cast<float>(top + std::log(least * total));
  const float needed = row.kth_best(context.min_keep > 1 ? context.min_keep : 1);
  row.keep_at_least(needed < threshold ? needed : threshold);
}

}  // namespace detail

/// Cuts every token whose probability is less than epsilon_cutoff; the context.min_keep best stay. Hugging Face's
/// EpsilonLogitsWarper.
struct EpsilonCutoff {
  using LogitsLink = void;

  double epsilon_cutoff = 0.0;

  void operator()(LogitsRow& row, const RowContext& context) const {
    const float top = row.max();
    if (!(top > -detail::infinity && top < detail::infinity)) return;
    const double total = detail::sum_exp(row.values().data(), row.size(), top);
    detail::cut_below_probability(row, context, epsilon_cutoff, total, top);
  }

  constexpr Fault check() const {
    if (epsilon_cutoff > 0.0 && epsilon_cutoff < 1.0) return {};
    return fault(FaultCode::invalid_argument, "epsilon_cutoff has to be a number > 0 and < 1");
  }
};

}  // namespace skald
