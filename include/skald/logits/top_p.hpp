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
/// which leaves few, or the border is found between two ranks of a sample.
struct TopP {
  using LogitsLink = void;

  double top_p = 1.0;

  void operator()(LogitsRow& row, const RowContext& context) const {
    const float rest = static_cast<float>(1.0 - top_p);  // the mass that may go
    const float top = row.max();
    if (!(rest > 0.0f) || !(top > -detail::infinity && top < detail::infinity)) return;
    const std::int32_t at_least = context.min_keep > 1 ? context.min_keep : 1;
    const auto weight = [top](float score) { return detail::exp_nonpositive(score - top); };
    const auto enough = [=](std::int32_t count, double sum, double total) {
      return count >= at_least && static_cast<float>((total - sum) / total) <= rest;
    };
    // What lies below `sure` adds up to less than 0.99 of `rest`, however many they are.
    const auto sure_of = [=, n = row.size()](double total) {
      return static_cast<float>(top + std::log(0.99 * rest * total / n));
    };
    detail::Bracket bracket;
    if (detail::few_at_least(row.values().data(), row.size(), sure_of(1.0))) {  // the best one alone weighs 1
      bracket.total = detail::sum_of(row.values().data(), row.size(), weight);
      const float sure = sure_of(bracket.total), needed = at_least > 1 ? row.kth_best(at_least) : sure;
      row.keep_at_least(needed < sure ? needed : sure);
    } else {
      bracket = detail::bracket_of(row.values().data(), row.size(), row.scratch().data(), weight, enough);
    }
    const detail::Cut cut =
        detail::select_between(row.values().data(), row.size(), row.scratch().data(), bracket, weight, enough);
    row.keep_at_least(cut.threshold, cut.ties);
  }

  constexpr Fault check() const {
    if (top_p >= 0.0 && top_p <= 1.0) return {};
    return fault(FaultCode::invalid_argument, "top_p has to be a number in [0, 1]");
  }
};

}  // namespace skald
