// Selection without sorting: where a descending ranking of floats has to be cut.
#pragma once
#include <cstdint>
#include <limits>

#include "skald/logits/numeric.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

inline constexpr std::int32_t all_ties = std::numeric_limits<std::int32_t>::max();

/// Keeps every value above `threshold`, and the first `ties` of those equal to it.
struct Cut {
  float threshold = -infinity;
  std::int32_t ties = all_ties;
};

/// Moves the values that f accepts to the front and returns how many there are. No branch depends on the values.
template <class F>
std::int32_t partition(float* x, std::int32_t n, F f) {
  std::int32_t accepted = 0;
  for (std::int32_t i = 0; i < n; ++i) {
    const float v = x[i];
    x[i] = x[accepted];
    x[accepted] = v;
    accepted += f(v);
  }
  return accepted;
}

/// The shortest non-empty prefix of x in descending order with enough(count, weight) true, where weight(first, n) adds
/// up over disjoint ranges and equal values weigh the same. `enough` must stay true once it is. Everything is kept when
/// no prefix is enough. x is reordered (the prefix comes first) and must hold no NaN.
/// Quickselect: O(n) expected, whatever the order of x, since the pivots are drawn from a fixed random sequence.
template <class Weight, class Enough>
Cut select(float* x, std::int32_t n, Weight weight, Enough enough) {
  std::uint32_t state = 1;
  const auto pick = [&] {
    state = state * 1664525u + 1013904223u;
    return x[(std::uint64_t{state} * static_cast<std::uint32_t>(n)) >> 32];
  };
  std::int32_t count = 0;  // of the values known to belong to the prefix
  double sum = 0;          // and their weight
  while (n > 0) {
    const float a = pick(), b = pick(), c = pick();
    const float low = a < b ? a : b, high = a < b ? b : a;
    const float pivot = c < low ? low : c > high ? high : c;

    const std::int32_t above = partition(x, n, [pivot](float v) { return v > pivot; });
    const double above_weight = weight(x, above);
    if (above > 0 && enough(count + above, sum + above_weight)) {
      n = above;
      continue;
    }
    count += above;
    sum += above_weight;
    const std::int32_t equal = partition(x + above, n - above, [pivot](float v) { return v == pivot; });
    const double each = weight(x + above, 1);
    if (enough(count + equal, sum + equal * each)) {
      std::int32_t few = 0, many = equal;  // `few` are too few, `many` are enough
      while (many - few > 1) {
        const std::int32_t middle = few + (many - few) / 2;
        (enough(count + middle, sum + middle * each) ? many : few) = middle;
      }
      return {pivot, many};
    }
    count += equal;
    sum += equal * each;
    x += above + equal;
    n -= above + equal;
  }
  return {};
}

/// The cut that keeps exactly the k largest of x (1 <= k).
inline Cut select_largest(float* x, std::int32_t n, std::int32_t k) {
  return select(x, n, [](const float*, std::int32_t) { return 0.0; },
                [k](std::int32_t count, double) { return count >= k; });
}

}  // namespace detail
}  // namespace skald
