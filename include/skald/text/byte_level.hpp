// The byte-level alphabet: every byte as one printable character, as GPT-2 spells its tokens.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// The characters are below this.
inline constexpr char32_t byte_level_end = 0x144;

/// Printable Latin-1 stands for itself; the other 68 bytes are U+0100, U+0101, ... in increasing order.
constexpr std::array<char32_t, 256> make_byte_characters() {
  std::array<char32_t, 256> characters{};
  char32_t next = 0x100;
  for (unsigned b = 0; b < 256; ++b) {
    const bool itself = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
    characters[b] = itself ? b : next++;
  }
  return characters;
}
inline constexpr std::array<char32_t, 256> byte_characters = make_byte_characters();

constexpr std::array<std::int16_t, byte_level_end> make_character_bytes() {
  std::array<std::int16_t, byte_level_end> bytes{};
  bytes.fill(-1);
  for (unsigned b = 0; b < 256; ++b) bytes[byte_characters[b]] = std::int16_t(b);
  return bytes;
}
/// The byte of each character; -1 where there is none.
inline constexpr std::array<std::int16_t, byte_level_end> character_bytes = make_character_bytes();

inline void append_byte_level(std::string& text, char byte) {
  append_utf8(text, byte_characters[static_cast<unsigned char>(byte)]);
}

/// Appends the bytes that a token spells; false, and nothing appended, if a character stands for no byte.
inline bool append_bytes_of(std::string& bytes, std::string_view token) {
  const std::size_t before = bytes.size();
  for (std::size_t i = 0; i < token.size();) {
    const CodePoint c = decode_utf8(token.data() + i);
    const int byte = c.value < byte_level_end ? character_bytes[c.value] : -1;
    if (byte < 0) {
      bytes.resize(before);
      return false;
    }
    bytes.push_back(char(byte));
    i += std::size_t(c.size);
  }
  return true;
}

}  // namespace detail
}  // namespace skald
