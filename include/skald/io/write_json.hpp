// JSON as Python's json.dumps writes it, so that files of ours and of transformers' compare.
#pragma once
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "skald/io/json.hpp"

namespace skald::inline SKALD_ABI::detail {

/// A JSON string; what JSON allows to stand as it is does.
inline std::string json_quoted(std::string_view text) {
  constexpr const char* digits = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    constexpr std::string_view special = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
    if (const auto at = special.find(c); at != special.npos) {
      quoted.append("\\").push_back(letters[at]);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted.append("\\u00").push_back(digits[c >> 4]);
      quoted.push_back(digits[c & 15]);
    } else {
      quoted.push_back(c);
    }
  }
  return quoted.append("\"");
}

/// Python's repr of a float: the shortest digits that give it back, 1e-05, 0.0001, 6.0, 1e+16.
inline std::string json_number(double x) {
  if (x != x) return "NaN";
  if (x - x != 0) return x > 0 ? "Infinity" : "-Infinity";
  char text[64];
  const double size = x < 0 ? -x : x;
  const bool fixed = size == 0 || (size >= 1e-4 && size < 1e16);
  const auto format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
  std::string number(text, std::to_chars(text, text + sizeof text, x, format).ptr);
  if (fixed && number.find('.') == std::string::npos) number.append(".0");
  return number;
}

/// A node as json.dumps(indent=2) writes it, `depth` levels inside.
inline std::string json_dumped(const Json& j, int depth = 0) {
  if (j.is_null()) return "null";
  if (const auto b = j.boolean()) return *b ? "true" : "false";
  if (const auto i = j.integer()) return std::to_string(*i);
  if (const auto number = j.number()) return json_number(*number);
  if (const auto text = j.string()) return json_quoted(*text);
  if (j.size() == 0) return j.is_object() ? "{}" : "[]";
  const std::string line = "\n" + std::string(std::size_t(2 * depth), ' ');
  std::string out = j.is_object() ? "{" : "[";
  for (std::size_t i = 0; i < j.size(); ++i) {
    out.append(i ? "," : "").append(line).append("  ");
    if (j.is_object()) out.append(json_quoted(j.key(i))).append(": ");
    out.append(json_dumped(j[i], depth + 1));
  }
  return out.append(line).append(j.is_object() ? "}" : "]");
}

}  // namespace skald::inline SKALD_ABI::detail
