// Some occurrences of one character off the ends of a token.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/decoders/decoder.hpp"
#include "skald/text/json_fields.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {

/// Takes up to `start` times `content` off the front of each string and up to `stop` times off its back.
struct StripDecoder {
  static constexpr std::string_view type = "Strip";
  static constexpr std::string_view untyped_key = "start";

  std::string content = " ";  ///< one character
  std::int32_t start = 0, stop = 0;

  struct State {
    std::int32_t stripped = 0;  // at the front of this string
    bool inside = false;        // something else came already
    std::int32_t held = 0;      // occurrences that may turn out to be the last ones
  };

  void read(JsonFields& fields) {
    content = fields.string("content");
    start = fields.integer("start");
    stop = fields.integer("stop");
    if (content.empty() || std::size_t(detail::decode_utf8(content.data()).size) != content.size()) {
      fields.fail(fields.place("content"), "one character", fields.find("content"));
    }
  }

  Result<void> operator()(State& state, std::vector<DecodedPiece>& pieces, bool) const {
    for (DecodedPiece& piece : pieces) {
      std::string_view text = piece.text;
      while (!state.inside && state.stripped < start && text.starts_with(content)) {
        text.remove_prefix(content.size());
        ++state.stripped;
      }
      state.inside |= !text.empty();
      std::int32_t trailing = 0;
      while (trailing < stop && text.ends_with(content)) {
        text.remove_suffix(content.size());
        ++trailing;
      }
      std::string out;
      if (text.empty()) {  // nothing but more of the same: the oldest go out
        trailing += state.held;
        for (; trailing > stop; --trailing) out += content;
      } else {
        for (; state.held > 0; --state.held) out += content;
        out += text;
      }
      state.held = trailing;
      piece.text = std::move(out);
      if (piece.ends) state = {};
    }
    return {};
  }
};

}  // namespace skald
