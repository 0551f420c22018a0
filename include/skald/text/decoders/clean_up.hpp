// transformers' clean_up_tokenization_spaces.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/decoders/decoder.hpp"
#include "skald/text/decoders/replace.hpp"

namespace skald::inline SKALD_ABI {

/// Takes spaces away that tokenizers of words leave before punctuation and in English contractions: ten replacements
/// on the whole text, one after the other. It cannot tell such a space from one that was meant.
struct CleanUpDecoder {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> replacements{{
      {" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"},
      {" n't", "n't"}, {" 'm", "'m"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
  }};

  struct State {
    std::array<ReplaceDecoder::State, replacements.size()> replaced;
  };

  void operator()(State& state, std::vector<DecodedPiece>& pieces, bool last) const {
    for (DecodedPiece& piece : pieces) piece.ends = false;
    if (last) pieces.push_back({"", true});
    for (std::size_t i = 0; i < replacements.size(); ++i) {
      const ReplaceDecoder replace{Pattern(std::string(replacements[i].first)), std::string(replacements[i].second)};
      // A literal pattern has no faults.
      static_cast<void>(replace(state.replaced[i], pieces, last));
    }
  }
};

}  // namespace skald
