// All tokens as one string, so that what follows sees the text's ends and not each token's.
#pragma once
#include <string_view>
#include <vector>

#include "skald/text/decoders/decoder.hpp"
#include "skald/text/json_fields.hpp"

namespace skald::inline SKALD_ABI {

struct FuseDecoder {
  static constexpr std::string_view type = "Fuse";

  struct State {};

  void read(JsonFields&) {}

  Result<void> operator()(State&, std::vector<DecodedPiece>& pieces, bool last) const {
    for (DecodedPiece& piece : pieces) piece.ends = false;
    if (last) pieces.push_back({"", true});
    return {};
  }
};

}  // namespace skald
