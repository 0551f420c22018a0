// Character classes of Oniguruma (Ruby syntax, Unicode 16) as PCRE2 (10.40 or newer) must be told them.
#pragma once
#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/unicode/blocks.hpp"
#include "skald/text/unicode/new_characters.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// A set of characters: what stands inside the brackets of a class, and whole expressions of one character each that
/// belong to the set too (a class inside brackets cannot say "what is no letter of Unicode 16").
struct RegexSet {
  std::string items;
  std::vector<std::string> others;

  void add(const RegexSet& set) {
    items += set.items;
    for (const std::string& other : set.others) others.push_back(other);
  }
};

inline constexpr std::string_view any_regex_character = "[\\x{0}-\\x{10FFFF}]";

inline void append_regex_character(std::string& regex, char32_t c) {
  constexpr char digits[] = "0123456789ABCDEF";
  char text[8];
  int n = 0;
  for (; c != 0 || n == 0; c >>= 4) text[n++] = digits[c & 15];
  regex += "\\x{";
  while (n > 0) regex += text[--n];
  regex += '}';
}

inline void append_regex_range(std::string& regex, char32_t first, char32_t last) {
  append_regex_character(regex, first);
  if (first == last) return;
  regex += '-';
  append_regex_character(regex, last);
}

/// An expression that matches one character of the set, or one that is not in it.
inline std::string regex_of(const RegexSet& set, bool negated) {
  const std::string in_brackets = set.items.empty() ? std::string("(?!)") : "[" + set.items + "]";
  if (set.others.empty()) {
    if (!negated) return in_brackets;
    return set.items.empty() ? std::string(any_regex_character) : "[^" + set.items + "]";
  }
  std::string any = negated ? "(?:(?!" : "(?:";
  any += in_brackets;
  for (const std::string& other : set.others) any.append("|").append(other);
  if (negated) any.append(")").append(any_regex_character);
  return any.append(")");
}

/// All but the set, as a set.
inline RegexSet complement(const RegexSet& set) { return {"", {regex_of(set, true)}}; }

/// \s and \S: written out, since PCRE2's \s has U+180E too.
inline RegexSet white_space_set(bool negated) {
  if (!negated) return {"\\x{9}-\\x{D}\\x{20}\\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}"
                        "\\x{205F}\\x{3000}", {}};
  return {"\\x{0}-\\x{8}\\x{E}-\\x{1F}\\x{21}-\\x{84}\\x{86}-\\x{9F}\\x{A1}-\\x{167F}\\x{1681}-\\x{1FFF}"
          "\\x{200B}-\\x{2027}\\x{202A}-\\x{202E}\\x{2030}-\\x{205E}\\x{2060}-\\x{2FFF}\\x{3001}-\\x{10FFFF}", {}};
}

/// A general category ("L", "Lu"), with the characters that PCRE2 may be too old for.
inline RegexSet category_set(std::string_view category) {
  RegexSet set;
  if (category == "Cn" || category == "C") {  // what is new is no longer unassigned
    std::string fresh;
    for (const NewCharacters& c : new_characters) {
      if (!std::string_view(c.category).starts_with(category)) append_regex_range(fresh, c.first, c.last);
    }
    set.others.push_back(std::string("(?:(?![").append(fresh).append("])\\p{").append(category).append("})"));
    return set;
  }
  set.items.append("\\p{").append(category).append("}");
  for (const NewCharacters& c : new_characters) {
    if (std::string_view(c.category).starts_with(category)) append_regex_range(set.items, c.first, c.last);
  }
  return set;
}

inline RegexSet alphabetic_set() {
  RegexSet set{"\\p{Alphabetic}", {}};
  for (const NewCharacters& c : new_characters) {
    if (c.alphabetic) append_regex_range(set.items, c.first, c.last);
  }
  for (const CodePointRange& c : newly_alphabetic) append_regex_range(set.items, c.first, c.last);
  return set;
}

inline RegexSet union_of(std::initializer_list<RegexSet> sets) {
  RegexSet all;
  for (const RegexSet& set : sets) all.add(set);
  return all;
}

/// \w: Alphabetic, marks, decimal digits, connectors, and six superscripts and fractions of Latin-1.
inline RegexSet word_set() {
  RegexSet set = union_of({alphabetic_set(), category_set("M"), category_set("Nd"), category_set("Pc")});
  set.items += "\\x{B2}\\x{B3}\\x{B9}\\x{BC}-\\x{BE}";
  return set;
}

constexpr char ascii_lowercase(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }

/// The set of [:name:] or \p{name}, POSIX names only.
inline std::optional<RegexSet> posix_set(std::string_view name) {
  if (name == "alpha") return alphabetic_set();
  if (name == "digit") return category_set("Nd");
  if (name == "alnum") return union_of({alphabetic_set(), category_set("Nd")});
  if (name == "space") return white_space_set(false);
  if (name == "blank") return union_of({category_set("Zs"), {"\\x{9}", {}}});
  if (name == "punct") return union_of({category_set("P"), category_set("S")});
  if (name == "word") return word_set();
  if (name == "cntrl") return RegexSet{"\\p{Cc}", {}};
  if (name == "ascii") return RegexSet{"\\x{0}-\\x{7F}", {}};
  if (name == "xdigit") return RegexSet{"0-9A-Fa-f", {}};
  if (name == "upper") return union_of({RegexSet{"\\p{Uppercase}", {}}, category_set("Lu")});
  if (name == "lower") return union_of({RegexSet{"\\p{Lowercase}", {}}, category_set("Ll")});
  return std::nullopt;
}

/// The set of \p{name}; no value for what cannot be a name. A name that nobody knows is found out by PCRE2.
/// `is_script` tells whether PCRE2 knows a script of that name.
inline std::optional<RegexSet> property_set(std::string_view name, bool (*is_script)(std::string_view)) {
  std::string plain;  // as Oniguruma compares: no case, no space, no _ and no -
  for (const char c : name) {
    if (c == ' ' || c == '_' || c == '-') continue;
    plain += ascii_lowercase(c);
    if (!(c >= '0' && c <= '9') && !(plain.back() >= 'a' && plain.back() <= 'z')) return std::nullopt;
  }
  if (plain.empty()) return std::nullopt;
  if (plain == "any") return RegexSet{"\\x{0}-\\x{10FFFF}", {}};
  if (plain == "alphabetic") return alphabetic_set();
  if (auto posix = posix_set(plain)) return posix;
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> long_names{{
      {"letter", "L"}, {"mark", "M"}, {"number", "N"}, {"punctuation", "P"}, {"symbol", "S"}, {"separator", "Z"},
      {"other", "C"}, {"decimalnumber", "Nd"}}};
  std::string category = plain;
  for (const auto& [spelled, letters_of] : long_names) {
    if (plain == spelled) category = letters_of;
  }
  if (category[0] >= 'a') category[0] = char(category[0] - 32);
  if (category.size() <= 2 && std::string_view("LMNPSZC").find(category[0]) != std::string_view::npos) {
    return category_set(category);
  }
  if (plain.starts_with("in")) {
    if (const CodePointBlock* const block = find_block(std::string_view(plain).substr(2))) {
      RegexSet set;
      append_regex_range(set.items, block->first, block->last);
      return set;
    }
  }
  if (!is_script(name)) return RegexSet{"\\p{" + std::string(name) + "}", {}};
  RegexSet set{"\\p{sc:" + std::string(name) + "}", {}};  // without "sc:" PCRE2 means Script_Extensions
  for (const NewInScript& added : new_in_scripts) {
    if (std::equal(added.script.begin(), added.script.end(), plain.begin(), plain.end(),
                   [](char a, char b) { return ascii_lowercase(a) == b; })) {
      append_regex_range(set.items, added.first, added.last);
    }
  }
  return set;
}

}  // namespace detail
}  // namespace skald
