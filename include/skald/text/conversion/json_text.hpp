// Writing tokenizer.json by hand.
#pragma once
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// A string of UTF-8 with its quotes.
inline void append_json_string(std::string& json, std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  json += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') json.append({'\\', c});
    else if (byte < 0x20) json.append("\\u00").append({digits[byte >> 4], digits[byte & 15]});
    else json += c;
  }
  json += '"';
}

inline std::string json_string(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

/// A finite number, so that it reads as the same one.
inline void append_json_number(std::string& json, double value) {
  char digits[32];
  json.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

/// Bytes as a string of Base64 (RFC 4648, section 4).
inline void append_json_base64(std::string& json, std::string_view bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  json += '"';
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < n; ++k) bits |= std::uint32_t(static_cast<unsigned char>(bytes[i + k])) << (16 - 8 * k);
    for (std::size_t k = 0; k < 4; ++k) json += k <= n ? digits[bits >> (18 - 6 * k) & 63] : '=';
  }
  json += '"';
}

}  // namespace detail
}  // namespace skald
