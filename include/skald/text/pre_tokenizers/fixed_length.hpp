// Pieces of so many characters.
#pragma once
#include <cstdint>
#include <string_view>

#include "skald/text/pre_tokenizers/pre_tokenizer.hpp"

namespace skald::inline SKALD_ABI {

struct FixedLengthPreTokenizer {
  static constexpr std::string_view type = "FixedLength";

  std::int32_t length = 5;  ///< in code points; above 0

  void read(JsonFields& fields) {
    length = fields.integer("length", 5);
    if (length == 0) fields.fail(fields.place("length"), "an integer above 0", fields.find("length"));
  }

  Result<void> operator()(PreTokenized& text) const {
    text.split([&](std::string_view piece, PieceCutter& cutter) {
      std::size_t begin = 0;
      std::int32_t characters = 0;
      for (std::size_t at = 0; at < piece.size();) {
        at += std::size_t(detail::decode_utf8(piece.data() + at).size);
        if (++characters < length && at < piece.size()) continue;
        cutter.emit(begin, at);
        begin = at;
        characters = 0;
      }
    });
    return {};
  }
};

}  // namespace skald
