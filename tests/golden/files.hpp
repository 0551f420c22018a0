// What needs no backend: how a quantised checkpoint lies in its file, recorded matrices, recorded distributions.
#pragma once
#include "fixture.hpp"
#include "report.hpp"

namespace golden {

/// tensors, quant_states, quantised_modules, dequantised_weight: of the checkpoint itself.
void stored_cases(const Fixture& f, Report& report);

/// The folder quantize_golden: matrices and their codes.
void quantize_cases(const Fixture& f, Report& report);

/// `warped`: recorded logits through the sampling processors that kwargs ask for.
void warped_cases(const Fixture& f, Report& report);

}  // namespace golden
