// Tokens with a mark at the end of words back to words.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/decoders/decoder.hpp"
#include "skald/text/decoders/replace_all.hpp"
#include "skald/text/json_fields.hpp"

namespace skald::inline SKALD_ABI {

/// `suffix` becomes a space, in the last token nothing. So a token is known when the next one or the end comes; what
/// stands before its first suffix is known at once.
struct BpeDecoder {
  static constexpr std::string_view type = "BPEDecoder";
  static constexpr std::string_view untyped_key = "suffix";

  std::string suffix = "</w>";

  struct State {
    detail::WholeStrings tokens;
    std::string held;  // the end of the token before, from its suffix on
    bool holds = false;
  };

  void read(JsonFields& fields) { suffix = fields.string("suffix"); }

  Result<void> operator()(State& state, std::vector<DecodedPiece>& pieces, bool last) const {
    std::vector<DecodedPiece> out;
    const auto release = [&](std::string_view replacement) {
      if (!state.holds) return;
      detail::replace_all(state.held, suffix, replacement);
      out.push_back({std::exchange(state.held, {})});
      state.holds = false;
    };
    state.tokens.each(pieces, last, [&](const std::string& token) {
      release(" ");
      const std::size_t end = token.find(suffix);
      if (end == token.npos) return out.push_back({token});
      if (end > 0) out.push_back({token.substr(0, end), false});
      state.held = token.substr(end);
      state.holds = true;
    });
    if (last) release("");
    pieces = std::move(out);
    return {};
  }
};

}  // namespace skald
