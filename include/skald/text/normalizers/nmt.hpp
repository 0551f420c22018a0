// SentencePiece's cleaning for machine translation.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/json_fields.hpp"
#include "skald/text/normalizers/each_character.hpp"
#include "skald/text/normalizers/normalizer.hpp"

namespace skald::inline SKALD_ABI {

/// Drops some control characters; makes spaces of line ends and of characters without width.
struct NmtNormalizer {
  static constexpr std::string_view type = "Nmt";

  void read(JsonFields&) {}

  Result<void> operator()(AlignedText& text) const {
    detail::change_characters(text, [](char32_t c, unsigned, std::string& to) {
      if (is_space(c)) to += ' ';
      return is_space(c) || is_dropped(c);
    });
    return {};
  }

  static bool is_dropped(char32_t c) {
    return (c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
  }
  static bool is_space(char32_t c) {
    return c == 9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 || (c >= 0x200B && c <= 0x200F) || c == 0x2028 ||
           c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
  }
};

}  // namespace skald
