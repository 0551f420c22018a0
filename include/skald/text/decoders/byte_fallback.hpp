// Runs of <0xE2> <0x96> <0x81> back to the characters they spell.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/decoders/decoder.hpp"
#include "skald/text/json_fields.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {

/// A run of byte tokens is one string if all of it is UTF-8, else one U+FFFD a byte. So a run is known when another
/// token or the end comes.
struct ByteFallbackDecoder {
  static constexpr std::string_view type = "ByteFallback";

  struct State {
    detail::WholeStrings tokens;
    std::string run;
  };

  void read(JsonFields&) {}

  Result<void> operator()(State& state, std::vector<DecodedPiece>& pieces, bool last) const {
    std::vector<DecodedPiece> out;
    const auto flush = [&] {
      if (state.run.empty()) return;
      if (detail::valid_utf8_prefix(state.run) == state.run.size()) {
        out.push_back({std::move(state.run)});
      } else {
        for (std::size_t i = 0; i < state.run.size(); ++i) out.push_back({"\uFFFD"});
      }
      state.run.clear();
    };
    state.tokens.each(pieces, last, [&](const std::string& token) {
      if (const int byte = byte_of(token); byte >= 0) {
        state.run.push_back(char(byte));
        return;
      }
      flush();
      out.push_back({token});
    });
    if (last) flush();
    pieces = std::move(out);
    return {};
  }

  /// The byte of a fallback token, "<0xE4>"; -1 for others.
  static int byte_of(std::string_view token) {
    if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
    const auto digit = [](char c) {
      if (c >= '0' && c <= '9') return c - '0';
      const char lower = char(c | 0x20);
      return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    };
    // A plus sign is part of a number to the reference.
    const int high = token[3] == '+' ? 0 : digit(token[3]), low = digit(token[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }
};

}  // namespace skald
