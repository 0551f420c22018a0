// Patterns that are one run of characters: \p{N}{1,3}, \s?\p{L}+, [一-龥]+.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "skald/text/split_patterns/class_set.hpp"
#include "skald/text/unicode/code_point_range.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// [before]?[set]{1,most}
struct RunRules {
  ClassSet before{}, set{};
  std::uint32_t most = 0;
};

/// The first match from `at` on: `at` becomes where it begins, the result is its end. At the text's end both are that.
constexpr std::size_t find_run(const RunRules& rules, std::string_view text, std::size_t& at) {
  std::size_t begin = at;  // of what may stand before
  bool before = false;
  for (SeenCharacter c{}; at < text.size(); before = rules.before.has(c.kind), begin = at, at = c.end) {
    c = look_at(text, at);
    if (!rules.set.has(c.kind)) continue;
    std::size_t end = c.end;
    for (std::uint32_t n = 1; n < rules.most && look_for(rules.set, text, end, c); ++n) end = c.end;
    if (before) at = begin;
    return end;
  }
  return at;
}

/// [ranges]+, like the one above.
constexpr std::size_t find_run(std::span<const CodePointRange> ranges, std::string_view text, std::size_t& at) {
  const auto in_range = [&](std::size_t i, std::size_t& end) {
    if (i >= text.size()) return false;
    const CodePoint c = decode_utf8(text.data() + i);
    end = i + std::size_t(c.size);
    for (const CodePointRange& range : ranges) {
      if (c.value >= range.first && c.value <= range.last) return true;
    }
    return false;
  };
  std::size_t end = at;
  while (at < text.size() && !in_range(at, end)) at = end;
  for (std::size_t next = end; in_range(end, next);) end = next;
  return end;
}

}  // namespace detail
}  // namespace skald
