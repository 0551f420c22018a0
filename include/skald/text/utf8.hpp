// UTF-8 by hand: checking, stepping, and counting code points.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "skald/text/utf8_step.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

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
