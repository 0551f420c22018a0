// U+2581 back to spaces.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/decoders/decoder.hpp"
#include "skald/text/decoders/replace_all.hpp"
#include "skald/text/metaspace_options.hpp"

namespace skald::inline SKALD_ABI {

/// `replacement` becomes a space; in the first token it goes away, unless nothing was put in front of texts.
struct MetaspaceDecoder : MetaspaceOptions {
  static constexpr std::string_view type = "Metaspace";
  static constexpr std::string_view untyped_key = "replacement";

  struct State {
    bool first = true;  // still in the first token
  };

  Result<void> operator()(State& state, std::vector<DecodedPiece>& pieces, bool) const {
    for (DecodedPiece& piece : pieces) {
      const bool gone = state.first && prepend_scheme != PrependScheme::never;
      detail::replace_all(piece.text, replacement, gone ? "" : " ");
      state.first &= !piece.ends;
    }
    return {};
  }
};

}  // namespace skald
