// Single characters of UTF-8, without strings.
#pragma once
#include <cstddef>
#include <string_view>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// A part that is there, as much of n as there is: substr() would throw, by a function of the C++ library.
constexpr std::string_view part_of(std::string_view text, std::size_t at, std::size_t n = std::string_view::npos) {
  return {text.data() + at, n < text.size() - at ? n : text.size() - at};
}

struct CodePoint {
  char32_t value;
  int size;  // bytes
};

constexpr bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

/// The code point at p; the text must be valid there.
constexpr CodePoint decode_utf8(const char* p) {
  const auto byte = [p](int i) { return char32_t(static_cast<unsigned char>(p[i])); };
  if (byte(0) < 0x80) return {byte(0), 1};
  if (byte(0) < 0xE0) return {(byte(0) & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  if (byte(0) < 0xF0) return {(byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F), 3};
  return {(byte(0) & 7) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F), 4};
}

/// What stands at the start of a text that need not be valid.
struct Utf8Step {
  int size;         // bytes of the character, or of the maximal invalid part (Unicode 16, section 3.9)
  bool valid;
  bool incomplete;  // the text ends inside a character that is right so far
};

constexpr Utf8Step utf8_step(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {1, true, false};
  if (lead < 0xC2 || lead > 0xF4) return {1, false, false};
  const int size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte's range keeps out overlong forms, surrogates and what is above U+10FFFF.
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (int i = 1; i < size; ++i) {
    if (std::size_t(i) == text.size()) return {i, false, true};
    const bool right = i == 1 ? byte(1) >= low && byte(1) <= high : is_continuation(text[std::size_t(i)]);
    if (!right) return {i, false, false};
  }
  return {size, true, false};
}

}  // namespace detail
}  // namespace skald
