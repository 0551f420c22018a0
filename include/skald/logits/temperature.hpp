// Flattens or sharpens the distribution.
#pragma once
#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// score / temperature. Above 1 flatter, below 1 sharper, 1 changes nothing. Hugging Face's TemperatureLogitsWarper.
struct Temperature {
  using LogitsLink = void;

  float temperature = 1.0f;

  constexpr float operator()(float score, token_id) const { return score / temperature; }

  constexpr Fault check() const {
    if (temperature > 0.0f && temperature < detail::infinity) return {};
    return fault(FaultCode::invalid_argument, "temperature has to be a strictly positive, finite number; for greedy "
                                              "decoding set do_sample to false");
  }
};

}  // namespace skald
