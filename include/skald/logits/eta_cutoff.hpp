// Cuts what is improbable for a distribution of this entropy: Hewitt, Manning and Liang, "Truncation Sampling as
// Language Model Desmoothing" (2022).
#pragma once
#include "skald/logits/epsilon_cutoff.hpp"

namespace skald::inline SKALD_ABI {

/// Cuts every token whose probability is less than min(eta_cutoff, sqrt(eta_cutoff) * e^-H), H the entropy of what is
/// left; the context.min_keep best stay. Hugging Face's EtaLogitsWarper.
struct EtaCutoff {
  using LogitsLink = void;

  double eta_cutoff = 0.0;

  void operator()(LogitsRow& row, const RowContext& context) const {
    const float top = row.max();
    if (!(top > -detail::infinity && top < detail::infinity)) return;
    const detail::Mass mass = detail::mass_of(row.values().data(), row.size(), top);
    const double eta = std::sqrt(eta_cutoff) * std::exp(-mass.entropy);
    detail::cut_below_probability(row, context, eta < eta_cutoff ? eta : eta_cutoff, mass.total, top);
  }

  constexpr Fault check() const {
    if (eta_cutoff > 0.0 && eta_cutoff < 1.0) return {};
    return fault(FaultCode::invalid_argument, "eta_cutoff has to be a number > 0 and < 1");
  }
};

}  // namespace skald
