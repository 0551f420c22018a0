// Bounded entropy: Baghaei Potraghloo et al., "Top-H Decoding" (2025).
#pragma once
#include <cmath>
#include <span>

#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Of the 100 best scores, as a distribution q of their own: keeps the best as long as the sum of -q ln q is at most
/// top_h times the entropy of q, and the best one in any case. All else is cut. Among equal scores the lower token
/// ranks higher. Hugging Face's TopHLogitsWarper, which knows no min_keep.
struct TopH {
  using LogitsLink = void;

  double top_h = 1.0;

  void operator()(LogitsRow& row, const RowContext&) const {
    const float top = row.max();
    if (!(top > -detail::infinity && top < detail::infinity)) return;
    row.keep_best(most);
    const std::span<const float> left = row.values();
    const auto n = static_cast<std::int32_t>(left.size());
    float best[most];
    for (std::int32_t i = 0; i < n; ++i) {  // sorted, the highest first
      const float v = left[static_cast<std::size_t>(i)];
      std::int32_t at = i;
      for (; at > 0 && best[at - 1] < v; --at) best[at] = best[at - 1];
      best[at] = v;
    }
    double total = 0, moment = 0;
    for (std::int32_t i = 0; i < n; ++i) {
      const double e = std::exp(double{best[i]} - best[0]);
      total += e;
      if (e > 0) moment += e * (double{best[0]} - best[i]);
    }
    const double bound = top_h * (std::log(total) + moment / total);
    double sum = 0;
    std::int32_t kept = 0;
    for (; kept < n; ++kept) {
      const double q = std::exp(double{best[kept]} - best[0]) / total;
      if (!(q > 0)) break;
      sum -= q * std::log(q);
      if (kept > 0 && static_cast<float>(sum) > static_cast<float>(bound)) break;
    }
    row.keep_best(kept > 1 ? kept : 1);
  }

  constexpr Fault check() const {
    if (top_h > 0.0 && top_h <= 1.0) return {};
    return fault(FaultCode::invalid_argument, "top_h has to be a number in (0, 1]");
  }

 private:
  static constexpr std::int32_t most = 100;
};

}  // namespace skald
