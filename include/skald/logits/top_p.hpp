// Nucleus sampling: Holtzman et al., "The Curious Case of Neural Text Degeneration" (2020).
#pragma once
#include <cmath>

#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Keeps the most probable tokens until their mass reaches top_p; the token that reaches it stays, and so do the
/// context.min_keep best. In Hugging Face's words (TopPLogitsWarper): going up from the least probable token, cuts
/// while the sum of probabilities is at most 1 - top_p. 1 - top_p is taken in double and compared in float32, which is
/// why top_p is a double. Among equal scores the lower token ranks higher. From 1 on nothing is cut.
///
/// O(vocabulary) expected, no sort: a token below (1 - top_p) / vocabulary of the mass is out whatever the others are,
/// which leaves few; the border among those is found by selection.
struct TopP {
  using LogitsLink = void;

  double top_p = 1.0;

  void operator()(LogitsRow& row, const RowContext& context) const {
    const float rest = static_cast<float>(1.0 - top_p);  // the mass that may go
    const float top = row.max();
    if (!(rest > 0.0f) || !(top > -detail::infinity && top < detail::infinity)) return;
    const double total = detail::sum_exp(row.values().data(), row.size(), top);
    const std::int32_t at_least = context.min_keep > 1 ? context.min_keep : 1;

    // What lies below `sure` adds up to less than 0.99 of `rest`, however many they are.
    const double share = 0.99 * rest * total / row.size();
    float sure = static_cast<float>(top + std::log(share));
    if (at_least > 1) {
      const float needed = row.kth_best(at_least);
      sure = needed < sure ? needed : sure;
    }
    row.keep_at_least(sure);

    const std::span<float> left = row.values();
    const std::span<float> pool = row.scratch().first(left.size());
    for (std::size_t i = 0; i < left.size(); ++i) pool[i] = left[i];
    const detail::Cut cut = detail::select(
        pool.data(), row.size(), [top](const float* x, std::int32_t n) { return detail::sum_exp(x, n, top); },
        [&](std::int32_t count, double sum) {
          return count >= at_least && static_cast<float>((total - sum) / total) <= rest;
        });
    row.keep_at_least(cut.threshold, cut.ties);
  }

  constexpr Fault check() const {
    if (top_p >= 0.0 && top_p <= 1.0) return {};
    return fault(FaultCode::invalid_argument, "top_p has to be a number in [0, 1]");
  }
};

}  // namespace skald
