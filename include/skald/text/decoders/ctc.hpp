// What a speech recogniser hears frame by frame back to text.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/decoders/decoder.hpp"
#include "skald/text/decoders/replace_all.hpp"
#include "skald/text/json_fields.hpp"

namespace skald::inline SKALD_ABI {

/// Of equal tokens in a row one stays, `pad_token` between them keeps both and goes; `cleanup` makes
/// word_delimiter_token a space and takes spaces before punctuation away (Graves et al. 2006).
struct CtcDecoder {
  static constexpr std::string_view type = "CTC";
  static constexpr std::string_view untyped_key = "pad_token";

  std::string pad_token = "<pad>", word_delimiter_token = "|";
  bool cleanup = true;

  struct State {
    detail::WholeStrings tokens;
    std::optional<std::string> before;
  };

  void read(JsonFields& fields) {
    pad_token = fields.string("pad_token");
    word_delimiter_token = fields.string("word_delimiter_token");
    cleanup = fields.boolean("cleanup");
  }

  Result<void> operator()(State& state, std::vector<DecodedPiece>& pieces, bool last) const {
    std::vector<DecodedPiece> out;
    state.tokens.each(pieces, last, [&](const std::string& token) {
      if (state.before == token) return;
      state.before = token;
      std::string text = token;
      detail::replace_all(text, pad_token, "");
      if (cleanup) {
        detail::clean_up_word(text);
        detail::replace_all(text, word_delimiter_token, " ");
      }
      if (!text.empty()) out.push_back({std::move(text)});
    });
    pieces = std::move(out);
    return {};
  }
};

}  // namespace skald
