// Keeps what is about as surprising as the distribution leads to expect: Meister et al., "Locally Typical Sampling"
// (2023).
#pragma once
#include <cmath>

#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Ranks tokens by d = |-ln p - H|, H the entropy of what is left, the smallest first, and keeps them until their mass
/// reaches typical_p; the one that reaches it stays, and so does all that is as typical. The context.min_keep most
/// typical stay in any case, the lower token of equal ones. O(entries left) expected, no sort; works in scratch().
/// Hugging Face's TypicalLogitsWarper.
struct TypicalP {
  using LogitsLink = void;

  double typical_p = 1.0;

  void operator()(LogitsRow& row, const RowContext& context) const {
    const float top = row.max();
    if (!(top > -detail::infinity && top < detail::infinity)) return;
    const detail::Mass mass = detail::mass_of(row.values().data(), row.size(), top);
    const auto log_total = static_cast<float>(std::log(mass.total));
    const auto entropy = static_cast<float>(mass.entropy);
    const auto rank = [=](float score) { return -std::fabs(-(score - top - log_total) - entropy); };
    const auto weight = [top](float score) { return detail::exp_nonpositive(score - top); };
    double there = 1.0;  // the share of the mass that is still looked at
    const auto enough = [this, &there](std::int32_t, double sum, double total) {
      return static_cast<float>(sum / total * there) >= static_cast<float>(typical_p);
    };
    // A token at 2 H from certainty or further is less typical than all that are nearer. Those of less than `share`
    // each are, together, not needed.
    const double share = 0.99 * (1.0 - typical_p) / row.size();
    const auto sure = static_cast<float>(top + std::log(share * mass.total));
    if (-std::log(share) > 2.0 * mass.entropy + 1.0) {
      const std::int32_t left =
          detail::count_where(row.values().data(), row.size(), [sure](float v) { return v >= sure; });
      if (left < row.size() / 4 && left >= context.min_keep) {
        row.keep_at_least(sure);
        there = detail::sum_exp(row.values().data(), row.size(), top) / mass.total;
      }
    }
    const auto find = [&](auto weigh, auto until) {
      const float* x = row.values().data();
      float* const pool = row.scratch().data();
      const detail::Bracket bracket = detail::bracket_of(x, row.size(), pool, weigh, until, rank);
      return detail::select_between(x, row.size(), pool, bracket, weigh, until, rank);
    };
    const detail::Cut cut = find(weight, enough);
    if (context.min_keep <= 1) return row.keep_scores([=](float score) { return rank(score) >= cut.threshold; });
    const detail::Cut needed = find(detail::no_weight, [&](std::int32_t count, double, double) {
      return count >= context.min_keep;
    });
    std::int32_t ties = needed.ties;
    row.keep_if([&](float score, token_id) {
      const float r = rank(score);
      return r >= cut.threshold || r > needed.threshold || (r == needed.threshold && ties-- > 0);
    });
  }

  constexpr Fault check() const {
    if (typical_p > 0.0 && typical_p < 1.0) return {};
    return fault(FaultCode::invalid_argument, "typical_p has to be a number > 0 and < 1");
  }
};

}  // namespace skald
