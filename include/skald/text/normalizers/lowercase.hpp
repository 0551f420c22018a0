// Lower case, one character at a time.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/json_fields.hpp"
#include "skald/text/normalizers/each_character.hpp"
#include "skald/text/normalizers/normalizer.hpp"
#include "skald/text/unicode/lowercase.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

inline bool change_to_lowercase(char32_t c, unsigned, std::string& to) {
  const char32_t lower = lowercase(c);
  if (lower == c) return false;
  append_utf8(to, lower);
  if (c == 0x130) to += "\u0307";
  return true;
}

}  // namespace detail

/// Every character becomes its full lower case of Unicode 17; the neighbours do not matter.
struct LowercaseNormalizer {
  static constexpr std::string_view type = "Lowercase";

  void read(JsonFields&) {}

  Result<void> operator()(AlignedText& text) const {
    detail::change_characters(text, detail::change_to_lowercase);
    return {};
  }
};

}  // namespace skald
