// Shared by the tests of components: the golden files.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "skald/io/json.hpp"
#include "skald/text/unicode/code_point_range.hpp"

namespace golden {

inline skald::JsonDocument document(const std::string& name) {
  return *skald::read_json(std::string(SKALD_TEST_DATA "/tokenizers/") + name);
}

inline skald::JsonDocument parsed(std::string_view text) { return *skald::JsonDocument::parse(text, "test"); }

/// A whole set of code points, for comparing sets.
inline std::vector<bool> code_points(skald::Json ranges) {
  std::vector<bool> set(0x110000);
  for (std::size_t i = 0; i + 1 < ranges.size(); i += 2) {
    for (std::int64_t c = *ranges[i].integer(); c <= *ranges[i + 1].integer(); ++c) set[std::size_t(c)] = true;
  }
  return set;
}

constexpr bool is_surrogate(char32_t c) { return c >= 0xD800 && c < 0xE000; }

}  // namespace golden
