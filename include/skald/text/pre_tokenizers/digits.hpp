// Numbers apart from everything else.
#pragma once
#include <string_view>

#include "skald/text/pre_tokenizers/pre_tokenizer.hpp"
#include "skald/text/unicode/character_classes.hpp"

namespace skald::inline SKALD_ABI {

/// Isolates characters of the general categories Nd, Nl and No of Unicode 17, each alone or in runs.
struct DigitsPreTokenizer {
  static constexpr std::string_view type = "Digits";

  bool individual_digits = false;

  void read(JsonFields& fields) { individual_digits = fields.boolean("individual_digits"); }

  Result<void> operator()(PreTokenized& text) const {
    detail::split_at(text, is_numeric, individual_digits ? SplitBehavior::isolated : SplitBehavior::contiguous);
    return {};
  }

  static bool is_numeric(char32_t c) {
    if (c < 0x80) return c >= '0' && c <= '9';
    return detail::character_class(c) == detail::CharacterClass::number ||
           (c >= 0x11DE0 && c <= 0x11DE9) ||  // the rest is new in Unicode 17
           (c >= 0x16FF4 && c <= 0x16FF6);
  }
};

}  // namespace skald
