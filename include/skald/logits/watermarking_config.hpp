// What a watermark is made with, and found with again.
#pragma once
#include <cstdint>

#include "skald/core/fault.hpp"

namespace skald::inline SKALD_ABI {

/// Which tokens choose the green list of a place.
enum class SeedingScheme : std::uint8_t {
  lefthash,  ///< the token before it
  selfhash,  ///< the token itself, with context_width - 1 before it: slower, as each of 40 tokens has a list
};

/// Hugging Face's WatermarkingConfig, with its defaults.
struct WatermarkingConfig {
  double greenlist_ratio = 0.25;
  float bias = 2.0f;
  std::uint64_t hashing_key = 15485863;  ///< the millionth prime
  SeedingScheme seeding_scheme = SeedingScheme::lefthash;
  std::int32_t context_width = 1;

  constexpr Fault check() const {
    if (!(greenlist_ratio > 0.0 && greenlist_ratio < 1.0))
      return fault(FaultCode::invalid_argument, "greenlist_ratio has to be between 0 and 1, and neither of them");
    if (context_width < 1)
      return fault(FaultCode::invalid_argument, "context_width has to be a positive integer", 1, context_width);
    return {};
  }
};

}  // namespace skald
