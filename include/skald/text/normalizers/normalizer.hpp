// What a normalizer is.
#pragma once
#include <concepts>

#include "skald/core/result.hpp"
#include "skald/text/aligned_text.hpp"

namespace skald::inline SKALD_ABI {

/// Rewrites a text before it is cut into pieces. It runs on each stretch between added tokens alone.
///
/// | expression | meaning |
/// | --- | --- |
/// | `n(text)` | Result<void>; changes the AlignedText through a TextRewriter, or leaves it alone |
///
/// Called from many threads at once, on texts that are valid UTF-8 and must stay so.
template <class N>
concept Normalizer = requires(const N& n, AlignedText& text) {
  { n(text) } -> std::same_as<Result<void>>;
};

/// Changes nothing.
struct NoNormalizer {
  Result<void> operator()(AlignedText&) const { return {}; }
};

}  // namespace skald
