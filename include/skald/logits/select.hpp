// Selection without sorting: where a descending ranking of floats has to be cut.
#pragma once
#include <bit>
#include <cmath>
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

/// partition() for a test that few accept.
template <class F>
std::int32_t move_to_front(float* x, std::int32_t n, F f) {
  std::int32_t accepted = 0;
  for_each_where(x, n, f, [&](std::int32_t i) {
    const float v = x[i];
    x[i] = x[accepted];
    x[accepted++] = v;
    return true;
  });
  return accepted;
}

inline constexpr auto as_it_is = [](float v) { return v; };
inline constexpr auto no_weight = [](float) { return 0.0f; };

/// What is known to stand before all that select() looks at.
struct Prefix {
  std::int32_t count = 0;
  double weight = 0;
};

/// The shortest non-empty prefix of x by descending rank(value) with enough(count, sum of weight(value)) true; values
/// of one rank are taken to weigh the same. The threshold is a rank. `enough` must stay true once it is. Everything is
/// kept when no prefix is enough. x is reordered (the prefix comes first) and must hold no NaN.
/// Quickselect: O(n) expected, whatever the order of x, since the pivots are drawn from a fixed random sequence.
template <class Weight, class Enough, class Rank = decltype(as_it_is)>
Cut select(float* x, std::int32_t n, Weight weight, Enough enough, Rank rank = as_it_is, Prefix before = {}) {
  std::uint32_t state = 1;
  const auto pick = [&] {
    state = state * 1664525u + 1013904223u;
    return rank(x[(std::uint64_t{state} * static_cast<std::uint32_t>(n)) >> 32]);
  };
  std::int32_t count = before.count;  // of the values known to belong to the prefix
  double sum = before.weight;         // and their weight
  while (n > 0) {
    const auto middle_of = [](float a, float b, float c) {
      const float low = a < b ? a : b, high = a < b ? b : a;
      return c < low ? low : c > high ? high : c;
    };
    const auto of_three = [&] {
      const float a = pick(), b = pick(), c = pick();
      return middle_of(a, b, c);
    };
    float pivot = of_three();
    if (n > 1024) {  // of nine: a bad choice costs more than a look at six others
      const float second = of_three(), third = of_three();
      pivot = middle_of(pivot, second, third);
    }

    const std::int32_t above = partition(x, n, [=](float v) { return rank(v) > pivot; });
    const double above_weight = sum_of(x, above, weight);
    if (above > 0 && enough(count + above, sum + above_weight)) {
      n = above;
      continue;
    }
    count += above;
    sum += above_weight;
    const std::int32_t equal = move_to_front(x + above, n - above, [=](float v) { return rank(v) == pivot; });
    const double equal_weight = sum_of(x + above, equal, weight), each = equal_weight / equal;
    if (enough(count + equal, sum + equal_weight)) {
      std::int32_t few = 0, many = equal;  // `few` are too few, `many` are enough
      while (many - few > 1) {
        const std::int32_t middle = few + (many - few) / 2;
        (enough(count + middle, sum + middle * each) ? many : few) = middle;
      }
      return {pivot, many};
    }
    count += equal;
    sum += equal_weight;
    x += above + equal;
    n -= above + equal;
  }
  return {};
}

/// The cut that keeps exactly the k largest of x (1 <= k).
inline Cut select_largest(float* x, std::int32_t n, std::int32_t k) {
  return select(x, n, no_weight, [k](std::int32_t count, double) { return count >= k; });
}

/// Of many values: a range of ranks, middle - half to middle + half, where a sample says that a cut ought to be; what
/// is above it, and the weight of all.
struct Bracket {
  float middle = 0.0f, half = -1.0f;  ///< half < 0: too few values for a sample
  Prefix above{};
  double total = 0;
};

/// Weighs all values and those above the bracket, in one sweep, without a branch.
template <class Weight, class Rank>
void weigh(const float* x, std::int32_t n, Weight weight, Rank rank, Bracket& b) {
  for (std::int32_t first = 0; first < n; first += block_size) {
    const std::int32_t size = n - first < block_size ? n - first : block_size;
    float all[lanes], above[lanes];
    std::int32_t count[lanes];
    for (int j = 0; j < lanes; ++j) all[j] = above[j] = 0.0f, count[j] = 0;
    const auto add = [&](int j, float v) {
      const float w = weight(v);
      const bool is_above = rank(v) - b.middle > b.half;
      all[j] += w;
      above[j] += std::bit_cast<float>(std::bit_cast<std::uint32_t>(w) & (0u - std::uint32_t{is_above}));
      count[j] += is_above;
    };
    std::int32_t i = 0;
    for (; i + lanes <= size; i += lanes) {
      for (int j = 0; j < lanes; ++j) add(j, x[first + i + j]);
    }
    for (; i < size; ++i) add(0, x[first + i]);
    for (int width = lanes / 2; width > 0; width /= 2) {
      for (int j = 0; j < width; ++j) {
        all[j] += all[j + width];
        above[j] += above[j + width];
        count[j] += count[j + width];
      }
    }
    b.total += all[0];
    b.above.weight += above[0];
    b.above.count += count[0];
  }
}

template <class Weight, class Enough, class Rank = decltype(as_it_is)>
Bracket bracket_of(const float* x, std::int32_t n, float* pool, Weight weight, Enough enough, Rank rank = as_it_is) {
  constexpr std::int32_t samples = 1024;
  Bracket b;
  if (n < 8 * samples) {
    b.total = sum_of(x, n, weight);
    return b;
  }
  const std::int32_t stride = n / samples;
  for (std::int32_t i = 0; i < samples; ++i) pool[i] = x[i * stride];
  const double total = sum_of(pool, samples, weight);
  const auto rank_in_sample = [&](double margin) {
    return select(pool, samples, weight, [&](std::int32_t count, double sum) {
      return enough(static_cast<std::int32_t>(count * margin * stride), sum * margin, total);
    }, rank).threshold;
  };
  const float high = rank_in_sample(1.03), low = rank_in_sample(0.97);
  if (high > -infinity && low > -infinity) {
    b.middle = low + (high - low) * 0.5f;
    b.half = (high - low) * 0.5f;
  }
  weigh(x, n, weight, rank, b);
  return b;
}

/// Whether a sample has less than a quarter of its values at `least` or above; small rows have few.
inline bool few_at_least(const float* x, std::int32_t n, float least) {
  constexpr std::int32_t samples = 512;
  if (n < 8 * samples) return true;
  std::int32_t found = 0;
  for (std::int32_t i = 0; i < samples; ++i) found += x[i * (n / samples)] >= least ? 1 : 0;
  return found < samples / 4;
}

/// select() with x left as it is, where `b` is the bracket of the same values and rules; enough(count, sum, total).
/// `pool` has room for n. Only what the bracket holds is looked at, all of it where the sample was wrong: the cut does
/// not depend on the sample.
template <class Weight, class Enough, class Rank = decltype(as_it_is)>
Cut select_between(const float* x, std::int32_t n, float* pool, const Bracket& b, Weight weight, Enough enough,
                   Rank rank = as_it_is) {
  const auto within = [&](std::int32_t count, double sum) { return enough(count, sum, b.total); };
  if (b.half >= 0.0f && !within(b.above.count, b.above.weight)) {
    std::int32_t between = 0;
    const auto is_between = [&b, rank](float v) { return std::fabs(rank(v) - b.middle) <= b.half; };
    for_each_where(x, n, is_between, [&](std::int32_t i) {
      pool[between++] = x[i];
      return true;
    });
    const Cut found = select(pool, between, weight, within, rank, b.above);
    if (found.threshold > -infinity) return found;
  }
  for (std::int32_t i = 0; i < n; ++i) pool[i] = x[i];
  return select(pool, n, weight, within, rank);
}

}  // namespace detail
}  // namespace skald
