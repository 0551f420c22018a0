// Numbers for what is none.
#pragma once
#include <limits>

#include "skald/core/fault.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// NaN becomes 0, infinities the largest and the lowest number of float32. What was removed before counts as -inf, so
/// it comes back at the very bottom, and the row is dense again. One sweep. Hugging Face's InfNanRemoveLogitsProcessor.
struct RemoveInvalidValues {
  using LogitsLink = void;

  void operator()(LogitsRow& row, const RowContext&) const {
    constexpr float most = std::numeric_limits<float>::max();
    for (float& score : row.dense()) {
      const float v = score > most ? most : score < -most ? -most : score;
      score = v == v ? v : 0.0f;
    }
  }
};

}  // namespace skald
