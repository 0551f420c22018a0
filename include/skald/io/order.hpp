// Sorting by index: one sort is compiled, whatever is sorted.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI::detail {

/// Calls a comparison of two indices whose type is forgotten.
struct ComesBefore {
  const void* comparison;
  bool (*call)(const void* comparison, std::uint32_t a, std::uint32_t b);
  bool operator()(std::uint32_t a, std::uint32_t b) const { return call(comparison, a, b); }
};

inline std::vector<std::uint32_t> sorted_indices(std::size_t n, ComesBefore before) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), before);
  return order;
}

/// 0 .. n-1 so that `before(order[i + 1], order[i])` is never true.
template <class F>
std::vector<std::uint32_t> order_of(std::size_t n, const F& before) {
  return sorted_indices(n, {&before, [](const void* f, std::uint32_t a, std::uint32_t b) {
                              return (*static_cast<const F*>(f))(a, b);
                            }});
}

}  // namespace skald::inline SKALD_ABI::detail
