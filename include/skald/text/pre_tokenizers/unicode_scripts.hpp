// A cut wherever the script changes.
#pragma once
#include <string_view>

#include "skald/text/pre_tokenizers/pre_tokenizer.hpp"
#include "skald/text/unicode/scripts.hpp"

namespace skald::inline SKALD_ABI {

/// Runs of one script. Hiragana, Katakana and Han are one; a space and characters without a script go with what is
/// before them, and those before the first script are dropped, as the original does.
struct UnicodeScriptsPreTokenizer {
  static constexpr std::string_view type = "UnicodeScripts";

  void read(JsonFields&) {}

  Result<void> operator()(PreTokenized& text) const {
    text.split([](std::string_view piece, PieceCutter& cutter) {
      unsigned last = 0;
      std::size_t begin = 0;
      for (std::size_t at = 0; at < piece.size();) {
        const detail::CodePoint c = detail::decode_utf8(piece.data() + at);
        const unsigned script = detail::script_of(c.value);
        if (script != 0 && script != last) {
          if (last != 0) cutter.emit(begin, at);
          begin = at;
          last = script;
        }
        at += std::size_t(c.size);
      }
      if (last != 0) cutter.emit(begin, piece.size());
    });
    return {};
  }
};

}  // namespace skald
