// Sets of code points as sorted ranges, and the one set that everybody asks for: White_Space.
#pragma once
#include <algorithm>
#include <cstddef>
#include <iterator>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

struct CodePointRange {
  char32_t first, last;  // both included
};

/// Whether c lies in one of the ranges, which are sorted and apart. O(log n).
template <std::size_t n>
constexpr bool contains(const CodePointRange (&ranges)[n], char32_t c) {
  const auto* const range = std::lower_bound(std::begin(ranges), std::end(ranges), c,
                                             [](const CodePointRange& r, char32_t x) { return r.last < x; });
  return range != std::end(ranges) && range->first <= c;
}

/// The property White_Space: the same 25 code points in every version of Unicode since 6.3.
constexpr bool is_white_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

}  // namespace detail
}  // namespace skald
