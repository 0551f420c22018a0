// What Python's str asks of a character. utf8proc knows the categories and the simple case mappings.
#pragma once
#include <utf8proc.h>

#include <string>
#include <string_view>

#include "skald/text/jinja/code_points.hpp"
#include "skald/text/unicode/cases.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

inline int category(char32_t c) { return int(utf8proc_category(utf8proc_int32_t(c))); }

inline bool is_alpha(char32_t c) {
  if (c < 0x80) return (c | 32) >= 'a' && (c | 32) <= 'z';
  const int k = category(c);
  return k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO;
}
inline bool is_decimal(char32_t c) {
  return c < 0x80 ? c >= '0' && c <= '9' : category(c) == UTF8PROC_CATEGORY_ND;
}
inline bool is_digit(char32_t c) { return is_decimal(c) || skald::detail::contains(skald::detail::other_digits, c); }
inline bool is_numeric(char32_t c) { return is_decimal(c) || skald::detail::contains(skald::detail::other_numbers, c); }
inline bool is_alnum(char32_t c) { return is_alpha(c) || is_numeric(c); }
/// What \w matches.
inline bool is_word(char32_t c) { return c == '_' || is_alnum(c); }

inline bool is_lower(char32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z';
  return category(c) == UTF8PROC_CATEGORY_LL || skald::detail::contains(skald::detail::other_lowercase, c);
}
inline bool is_upper(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z';
  return category(c) == UTF8PROC_CATEGORY_LU || skald::detail::contains(skald::detail::other_uppercase, c);
}
inline bool is_title(char32_t c) { return category(c) == UTF8PROC_CATEGORY_LT; }
inline bool is_cased(char32_t c) { return is_lower(c) || is_upper(c) || is_title(c); }

/// Whether repr shows it as it is.
inline bool is_printable(char32_t c) {
  if (c < 0x7F) return c >= 0x20;
  const int k = category(c);
  return k != UTF8PROC_CATEGORY_CN && (k < UTF8PROC_CATEGORY_ZS || k > UTF8PROC_CATEGORY_CO);
}

inline bool is_identifier(std::string_view text) {
  bool first = true;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = first_of(text.substr(at));
    const int k = category(c.value);
    const bool starts = c.value == '_' || is_alpha(c.value) || k == UTF8PROC_CATEGORY_NL;
    const bool goes_on = starts || k == UTF8PROC_CATEGORY_MN || k == UTF8PROC_CATEGORY_MC ||
                         k == UTF8PROC_CATEGORY_ND || k == UTF8PROC_CATEGORY_PC || c.value == 0xB7;
    if (first ? !starts : !goes_on) return false;
    first = false;
    at += std::size_t(c.size);
  }
  return !first;
}

/// Case_Ignorable: what a final sigma looks through.
inline bool is_case_ignorable(char32_t c) {
  const int k = category(c);
  if (k == UTF8PROC_CATEGORY_MN || k == UTF8PROC_CATEGORY_ME || k == UTF8PROC_CATEGORY_CF ||
      k == UTF8PROC_CATEGORY_LM || k == UTF8PROC_CATEGORY_SK) {
    return true;
  }
  constexpr char32_t others[] = {0x27, 0x2E, 0x3A, 0xB7, 0x387, 0x55F, 0x5F4, 0x2018, 0x2019, 0x2024, 0x2027,
                                 0xFE13, 0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A};
  return std::find(std::begin(others), std::end(others), c) != std::end(others);
}

enum class Case : std::uint8_t { upper, lower, title, fold };

/// Appends one character in another case; a capital sigma as one in the middle of a word.
inline void append_in_case(std::string& to, char32_t c, Case how) {
  using namespace skald::detail;
  if (c < 0x80) {
    const bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
    return to.push_back(!letter ? char(c) : how == Case::upper || how == Case::title ? char(c & ~32u) : char(c | 32));
  }
  const SpecialCase* const special = how == Case::upper   ? find_special(special_uppercase, c)
                                     : how == Case::title ? find_special(special_titlecase, c)
                                     : how == Case::fold  ? find_special(special_casefold, c)
                                                          : nullptr;
  if (special) {
    for (const char32_t part : special->to) {
      if (part) append_utf8(to, part);
    }
    return;
  }
  if (c == 0x130 && (how == Case::lower || how == Case::fold)) return void(to.append("i\u0307"));
  const auto point = utf8proc_int32_t(c);
  append_utf8(to, char32_t(how == Case::upper   ? utf8proc_toupper(point)
                           : how == Case::title ? utf8proc_totitle(point)
                                                : utf8proc_tolower(point)));
}

/// Whether the sigma at `at` ends a word: something cased before it and nothing cased behind.
inline bool is_final_sigma(std::string_view text, std::size_t at) {
  std::string_view before = text.substr(0, at), behind = text.substr(at + 2);
  while (!before.empty() && is_case_ignorable(last_of(before).value))
    before.remove_suffix(std::size_t(last_of(before).size));
  if (before.empty() || !is_cased(last_of(before).value)) return false;
  while (!behind.empty() && is_case_ignorable(first_of(behind).value)) {
    behind.remove_prefix(std::size_t(first_of(behind).size));
  }
  return behind.empty() || !is_cased(first_of(behind).value);
}

/// Appends the character at `at` of a text, in lower case with the final sigma; returns its size.
inline std::size_t append_lower(std::string& to, std::string_view text, std::size_t at) {
  const CodePoint c = first_of(text.substr(at));
  if (c.value == 0x3A3) append_utf8(to, is_final_sigma(text, at) ? 0x3C2 : 0x3C3);
  else append_in_case(to, c.value, Case::lower);
  return std::size_t(c.size);
}

/// str.upper(), str.lower(), str.casefold().
inline std::string in_case(std::string_view text, Case how) {
  std::string to;
  to.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (how == Case::lower) {
      at += append_lower(to, text, at);
      continue;
    }
    const CodePoint c = first_of(text.substr(at));
    append_in_case(to, c.value, how);
    at += std::size_t(c.size);
  }
  return to;
}

/// str.capitalize(): the first character in title case, the others in lower case.
inline std::string capitalized(std::string_view text) {
  std::string to;
  for (std::size_t at = 0; at < text.size();) {
    if (at == 0) {
      append_in_case(to, first_of(text).value, Case::title);
      at += std::size_t(first_of(text).size);
    } else {
      at += append_lower(to, text, at);
    }
  }
  return to;
}

/// str.title(): every cased character behind one that is not cased in title case, the others in lower case.
inline std::string titled(std::string_view text) {
  std::string to;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = first_of(text.substr(at));
    if (inside) {
      append_lower(to, text, at);
    } else {
      append_in_case(to, c.value, Case::title);
    }
    inside = is_cased(c.value);
    at += std::size_t(c.size);
  }
  return to;
}

inline std::string case_swapped(std::string_view text) {
  std::string to;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = first_of(text.substr(at));
    if (is_upper(c.value)) append_lower(to, text, at);
    else if (is_lower(c.value)) append_in_case(to, c.value, Case::upper);
    else append_utf8(to, c.value);
    at += std::size_t(c.size);
  }
  return to;
}

}  // namespace jinja
}  // namespace skald
