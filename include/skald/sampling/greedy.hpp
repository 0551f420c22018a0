// The most probable token.
#pragma once
#include "skald/sampling/concepts.hpp"

namespace skald::inline SKALD_ABI {

/// The highest score, the lowest token among equals; no_token when nothing is left or a score is NaN.
struct Greedy {
  token_id operator()(LogitsRow& row, const RandomKey&) const { return row.best(); }
};

}  // namespace skald
