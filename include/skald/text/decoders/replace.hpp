// Every match of a pattern in a token becomes something else.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/decoders/decoder.hpp"
#include "skald/text/pattern.hpp"

namespace skald::inline SKALD_ABI {

/// In each string, matches become `content`, as it stands. A string that comes in parts waits for its end if the
/// pattern is a Regex, else only for what may still become a match. Errors: a Regex that needs too many steps.
struct ReplaceDecoder {
  static constexpr std::string_view type = "Replace";
  static constexpr std::string_view untyped_key = "pattern";

  Pattern pattern;
  std::string content;

  struct State {
    std::string held;
  };

  void read(JsonFields& fields) {
    content = fields.string("content");
    pattern.read(fields, "pattern");
  }

  Result<void> operator()(State& state, std::vector<DecodedPiece>& pieces, bool last) const {
    if (last && !state.held.empty() && (pieces.empty() || !pieces.back().ends)) pieces.push_back({"", true});
    Pattern::Finder finder(pattern);
    for (DecodedPiece& piece : pieces) {
      const std::string old = std::exchange(state.held, {}) + piece.text;
      piece.text.clear();
      if (!piece.ends && pattern.is_regex()) {
        state.held = old;
        continue;
      }
      std::size_t at = 0;
      finder.start(old);
      while (const auto match = finder.next()) {
        piece.text.append(old, at, match->begin - at).append(content);
        at = match->end;
      }
      const std::size_t end = piece.ends ? old.size() : old.size() - pattern.partial_match(old, at);
      piece.text.append(old, at, end - at);
      state.held = old.substr(end);
    }
    return finder.result();
  }
};

}  // namespace skald
