// What stands between the quotes of a template's string, with its escapes done.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "skald/text/jinja/repr.hpp"
#include "skald/text/jinja/runtime.hpp"
#include "skald/text/unicode/names.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

namespace detail {

/// Digits of base 8 or 16 at the start of a text, at most `most`.
inline std::size_t count_digits(std::string_view text, std::size_t most, int base) {
  std::size_t n = 0;
  const auto is_one = [base](char c) {
    return base == 8 ? c >= '0' && c <= '7' : is_ascii_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
  };
  while (n < most && n < text.size() && is_one(text[n])) ++n;
  return n;
}

inline char32_t read_digits(std::string_view digits, char32_t base) {
  char32_t value = 0;
  for (const char c : digits) value = value * base + char32_t(is_ascii_digit(c) ? c - '0' : (c | 32) - 'a' + 10);
  return value;
}

}  // namespace detail

/// Python's escapes; one that is none stays with its backslash.
inline Value unescape(Runtime& rt, std::string_view text) {
  if (text.find('\\') == text.npos) return Value(text);
  std::string out;
  const auto fail = [&](std::string why) { return rt.fail(ErrorClass::template_syntax, std::move(why)); };
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('\\'), text.size());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (text.size() == 1) return fail("\\ at end of string");
    const char kind = text[1];
    text.remove_prefix(2);
    constexpr std::string_view letters = "\\'\"abfnrtv", meant = "\\'\"\a\b\f\n\r\t\v";
    if (const std::size_t i = letters.find(kind); i != letters.npos) {
      out.push_back(meant[i]);
    } else if (kind == '\n') {
    } else if (kind == 'x' || kind == 'u' || kind == 'U') {
      const std::size_t width = kind == 'x' ? 2 : kind == 'u' ? 4 : 8;
      if (detail::count_digits(text, width, 16) < width) {
        return fail(std::string("truncated \\").append(1, kind).append(width, 'X').append(" escape"));
      }
      const char32_t value = detail::read_digits(text.substr(0, width), 16);
      if (value > 0x10FFFF) return fail("illegal Unicode character");
      append_utf8(out, value);
      text.remove_prefix(width);
    } else if (kind == 'N') {
      const std::size_t end = text.find('}');
      if (!text.starts_with('{') || end == text.npos) return fail("malformed \\N character escape");
      std::string name;
      for (const char c : text.substr(1, end - 1)) name.push_back(c >= 'a' && c <= 'z' ? char(c - 32) : c);
      const char32_t value = skald::detail::character_named(name);
      if (value == 0) {
        return rt.fail(ErrorClass::unsupported,
                       std::string("\\N{").append(name).append("}: this name is not known here"));
      }
      append_utf8(out, value);
      text.remove_prefix(end + 1);
    } else if (kind >= '0' && kind <= '7') {
      const std::size_t more = detail::count_digits(text, 2, 8);
      append_utf8(out, char32_t(kind - '0') << (3 * more) | detail::read_digits(text.substr(0, more), 8));
      text.remove_prefix(more);
    } else {
      out.push_back('\\');
      const std::string_view rest(text.data() - 1, text.size() + 1);
      const CodePoint c = first_of(rest);
      if (c.value < 0x80) {
        out.push_back(kind);
        continue;
      }
      // Python writes such a character as an escape first, so the backslash meets another one.
      if (c.value < 0x100) append_hex(out.append("x"), c.value, 2);
      else if (c.value < 0x10000) append_hex(out.append("u"), c.value, 4);
      else append_hex(out.append("U"), c.value, 8);
      text = rest.substr(std::size_t(c.size));
    }
  }
  return rt.string(out);
}

}  // namespace jinja
}  // namespace skald
