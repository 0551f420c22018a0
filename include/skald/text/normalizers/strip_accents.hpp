// Combining marks off the text.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/json_fields.hpp"
#include "skald/text/normalizers/each_character.hpp"
#include "skald/text/normalizers/normalizer.hpp"
#include "skald/text/unicode/marks.hpp"

namespace skald::inline SKALD_ABI {

/// Drops characters of general category M (Unicode 9). It takes no character apart: NFD stands in front of it.
struct StripAccentsNormalizer {
  static constexpr std::string_view type = "StripAccents";

  void read(JsonFields&) {}

  Result<void> operator()(AlignedText& text) const {
    detail::change_characters(text, [](char32_t c, unsigned, std::string&) { return detail::is_mark(c); });
    return {};
  }
};

}  // namespace skald
