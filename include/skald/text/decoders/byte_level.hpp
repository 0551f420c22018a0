// Byte-level tokens back to bytes, and those to text.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/byte_level.hpp"
#include "skald/text/decoders/decoder.hpp"
#include "skald/text/json_fields.hpp"

namespace skald::inline SKALD_ABI {

/// All tokens become one string. A token with a character that stands for no byte gives its own UTF-8. Bytes that are
/// no UTF-8 become U+FFFD, one for each maximal invalid part.
struct ByteLevelDecoder {
  static constexpr std::string_view type = "ByteLevel";
  static constexpr std::string_view untyped_key = "trim_offsets";

  struct State {
    detail::WholeStrings tokens;
    std::string pending;  // the bytes of a character that is not complete yet
  };

  void read(JsonFields&) {}

  Result<void> operator()(State& state, std::vector<DecodedPiece>& pieces, bool last) const {
    std::string bytes, text;
    state.tokens.each(pieces, last, [&](const std::string& token) {
      if (!detail::append_bytes_of(bytes, token)) bytes += token;
    });
    detail::append_lossy(text, state.pending, bytes, last);
    pieces.clear();
    pieces.push_back({std::move(text), last});
    return {};
  }
};

}  // namespace skald
