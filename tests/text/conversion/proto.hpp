// Writes SentencePiece models for tests.
#pragma once
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace proto {

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += char(0x80 | (value & 0x7F));
  return bytes += char(value);
}
inline std::string number(int field, std::uint64_t value) { return varint(std::uint64_t(field) << 3) + varint(value); }
inline std::string bytes(int field, std::string_view value) {
  return varint(std::uint64_t(field) << 3 | 2).append(varint(value.size())).append(value);
}
inline std::string fixed32(int field, float value) {
  std::string text = varint(std::uint64_t(field) << 3 | 5);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) text += char(bits >> shift & 0xFF);
  return text;
}
/// type 0: not written.
inline std::string piece(std::string_view text, float score, int type = 0) {
  return bytes(1, bytes(1, text) + fixed32(2, score) + (type != 0 ? number(3, std::uint64_t(type)) : ""));
}

}  // namespace proto
