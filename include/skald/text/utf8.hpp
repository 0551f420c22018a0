// UTF-8 by hand: checking, stepping, and counting code points.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

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

/// The code point that ends right before `end`; the text must be valid there.
constexpr CodePoint decode_utf8_before(const char* end) {
  const char* p = end - 1;
  while (is_continuation(*p)) --p;
  return decode_utf8(p);
}

inline void append_utf8(std::string& text, char32_t c) {
  if (c < 0x80) {
    text.push_back(char(c));
  } else if (c < 0x800) {
    text.append({char(0xC0 | c >> 6), char(0x80 | (c & 0x3F))});
  } else if (c < 0x10000) {
    text.append({char(0xE0 | c >> 12), char(0x80 | (c >> 6 & 0x3F)), char(0x80 | (c & 0x3F))});
  } else {
    text.append({char(0xF0 | c >> 18), char(0x80 | (c >> 12 & 0x3F)), char(0x80 | (c >> 6 & 0x3F)),
                 char(0x80 | (c & 0x3F))});
  }
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

/// Bytes of ASCII at the start of the text. Eight bytes at a time.
inline std::size_t ascii_prefix(std::string_view text) {
  std::size_t i = 0;
  for (std::uint64_t word; i + sizeof word <= text.size(); i += sizeof word) {
    std::memcpy(&word, text.data() + i, sizeof word);
    if (word & 0x8080808080808080u) break;
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
  return i;
}

/// Bytes of valid UTF-8 at the start of the text: its size when all is well.
inline std::size_t valid_utf8_prefix(std::string_view text) {
  std::size_t i = 0;
  for (;;) {
    i += ascii_prefix(text.substr(i));
    while (i < text.size() && static_cast<unsigned char>(text[i]) >= 0x80) {
      const Utf8Step step = utf8_step(text.substr(i));
      if (!step.valid) return i;
      i += std::size_t(step.size);
    }
    if (i == text.size()) return i;
  }
}

/// Appends `bytes` as UTF-8, each maximal invalid part as one U+FFFD. Bytes that may still become a character are kept
/// in `pending` unless `last`; hand the same string to the next call.
inline void append_lossy(std::string& text, std::string& pending, std::string_view bytes, bool last) {
  pending.append(bytes);
  std::string_view rest = pending;
  while (!rest.empty()) {
    const std::size_t good = valid_utf8_prefix(rest);
    text.append(rest.substr(0, good));
    rest.remove_prefix(good);
    if (rest.empty()) break;
    const Utf8Step step = utf8_step(rest);
    if (step.incomplete && !last) break;
    text.append("\uFFFD");
    rest.remove_prefix(std::size_t(step.size));
  }
  pending.erase(0, pending.size() - rest.size());
}

/// Byte positions of one text as code point indices. Keeps its place, so asking for positions near each other is cheap.
class CodePointCursor {
 public:
  explicit CodePointCursor(std::string_view text) : text_(text), ascii_(ascii_prefix(text)) {}

  std::int32_t index(std::size_t byte) {
    if (byte <= ascii_) return std::int32_t(byte);
    for (; byte_ < byte; ++byte_) index_ += !is_continuation(text_[byte_]);
    for (; byte_ > byte; --byte_) index_ -= !is_continuation(text_[byte_ - 1]);
    return index_;
  }

 private:
  std::string_view text_;
  std::size_t ascii_;
  std::size_t byte_ = 0;
  std::int32_t index_ = 0;
};

}  // namespace detail
}  // namespace skald
