// Texts as Python sees them: sequences of code points, here in UTF-8.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// A lone surrogate may stand in a text, as in Python; it is written as three bytes and must not reach the output.
using CodePoint = skald::detail::CodePoint;

inline std::int64_t length(std::string_view text) {
  return std::int64_t(text.size()) -
         std::count_if(text.begin(), text.end(), [](char c) { return skald::detail::is_continuation(c); });
}

inline CodePoint first_of(std::string_view text) { return skald::detail::decode_utf8(text.data()); }
inline CodePoint last_of(std::string_view text) {
  return skald::detail::decode_utf8_before(text.data() + text.size());
}

/// Where code point n begins; n <= length(text).
inline std::size_t byte_of(std::string_view text, std::int64_t n) {
  std::size_t at = std::min(skald::detail::ascii_prefix(text), std::size_t(n));
  for (n -= std::int64_t(at); n > 0; --n) at += std::size_t(first_of(text.substr(at)).size);
  return at;
}

/// Code points [start, end) of a text.
inline std::string_view slice(std::string_view text, std::int64_t start, std::int64_t end) {
  text.remove_prefix(byte_of(text, start));
  return text.substr(0, byte_of(text, end - start));
}

/// str.isspace of one character, and what \s matches.
constexpr bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

/// Where str.splitlines breaks; \r\n is one break.
constexpr bool is_line_break(char32_t c) {
  return (c >= 10 && c <= 13) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

inline std::string_view strip_left(std::string_view text) {
  while (!text.empty() && is_space(first_of(text).value)) text.remove_prefix(std::size_t(first_of(text).size));
  return text;
}
inline std::string_view strip_right(std::string_view text) {
  while (!text.empty() && is_space(last_of(text).value)) text.remove_suffix(std::size_t(last_of(text).size));
  return text;
}
inline std::string_view strip(std::string_view text) { return strip_left(strip_right(text)); }

inline bool contains_code_point(std::string_view text, char32_t wanted) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = first_of(text.substr(at));
    if (c.value == wanted) return true;
    at += std::size_t(c.size);
  }
  return false;
}

/// Removes characters of `set` from an end.
inline std::string_view strip_left(std::string_view text, std::string_view set) {
  while (!text.empty() && contains_code_point(set, first_of(text).value)) {
    text.remove_prefix(std::size_t(first_of(text).size));
  }
  return text;
}
inline std::string_view strip_right(std::string_view text, std::string_view set) {
  while (!text.empty() && contains_code_point(set, last_of(text).value)) {
    text.remove_suffix(std::size_t(last_of(text).size));
  }
  return text;
}

using skald::detail::append_utf8;

constexpr bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }

}  // namespace jinja
}  // namespace skald
