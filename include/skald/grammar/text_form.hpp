// Characters as a text holds them: as they are, or inside a JSON string.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "skald/grammar/expression.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

enum class TextForm : std::uint8_t { plain, json };

/// How a JSON string spells a character that it cannot hold as it is: one spelling for each.
inline std::string json_escape(char32_t c) {
  constexpr std::string_view letters = "btnfr\"\\", characters = "\b\t\n\f\r\"\\", digits = "0123456789abcdef";
  const std::size_t at = c < 128 ? characters.find(char(c)) : std::string_view::npos;
  if (at != std::string_view::npos) return {'\\', letters[at]};
  return std::string("\\u00").append(1, digits[c >> 4]).append(1, digits[c & 15]);
}

inline bool needs_json_escape(char32_t c) { return c < 0x20 || c == '"' || c == '\\'; }

/// One character of the set.
inline ExpressionId text_character(Expressions& out, const CharacterSet& set, TextForm form) {
  if (form == TextForm::plain) return out.character(set);
  CharacterSet raw = set.complement();  // then what is not in it, as it is
  std::vector<ExpressionId> all;
  for (char32_t c = 0; c <= '\\'; c = c == 0x1F ? char32_t('"') : c == '"' ? char32_t('\\') : c + 1) {
    if (set.contains(c)) all.push_back(out.text(json_escape(c)));
    raw.add(c, c);
  }
  raw = raw.complement();
  if (!raw.empty()) all.push_back(out.character(raw));
  return all.size() == 1 ? all[0] : out.choice(all);
}

/// A text inside a JSON string, each character in one spelling.
inline std::string json_text(std::string_view text) {
  std::string spelled;
  for (const char c : text) {
    const auto byte = char32_t(static_cast<unsigned char>(c));
    if (needs_json_escape(byte)) spelled += json_escape(byte);
    else spelled += c;
  }
  return spelled;
}

}  // namespace detail
}  // namespace skald
