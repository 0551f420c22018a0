// What lies between one character.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/pre_tokenizers/pre_tokenizer.hpp"

namespace skald::inline SKALD_ABI {

struct CharDelimiterSplitPreTokenizer {
  static constexpr std::string_view type = "CharDelimiterSplit";

  std::string delimiter = " ";  ///< one character

  void read(JsonFields& fields) {
    delimiter = fields.string("delimiter");
    if (delimiter.empty() || std::size_t(detail::decode_utf8(delimiter.data()).size) != delimiter.size()) {
      fields.fail(fields.place("delimiter"), "one character", fields.find("delimiter"));
    }
  }

  Result<void> operator()(PreTokenized& text) const {
    text.split([&](std::string_view piece, PieceCutter& cutter) {
      std::size_t at = 0;
      for (std::size_t found; (found = piece.find(delimiter, at)) != piece.npos; at = found + delimiter.size()) {
        cutter.emit(at, found);
      }
      cutter.emit(at, piece.size());
    });
    return {};
  }
};

}  // namespace skald
