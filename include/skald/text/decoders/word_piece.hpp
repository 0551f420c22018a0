// WordPiece tokens back to words.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/decoders/decoder.hpp"
#include "skald/text/decoders/replace_all.hpp"
#include "skald/text/json_fields.hpp"

namespace skald::inline SKALD_ABI {

/// A token with `prefix` goes on with the word before, others get a space in front, the first neither. `cleanup` then
/// takes spaces before punctuation and in English contractions away, in each token by itself.
struct WordPieceDecoder {
  static constexpr std::string_view type = "WordPiece";
  static constexpr std::string_view untyped_key = "prefix";

  std::string prefix = "##";
  bool cleanup = true;

  struct State {
    detail::WholeStrings tokens;
    bool first = true;
  };

  void read(JsonFields& fields) {
    prefix = fields.string("prefix");
    cleanup = fields.boolean("cleanup");
  }

  Result<void> operator()(State& state, std::vector<DecodedPiece>& pieces, bool last) const {
    std::vector<DecodedPiece> out;
    state.tokens.each(pieces, last, [&](const std::string& token) {
      std::string text;
      if (!state.first && token.starts_with(prefix)) text.append(token, prefix.size());
      else text.append(state.first ? "" : " ").append(token);
      state.first = false;
      if (cleanup) detail::clean_up_word(text);
      out.push_back({std::move(text)});
    });
    pieces = std::move(out);
    return {};
  }
};

}  // namespace skald
