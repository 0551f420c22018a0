// Every byte as its byte-level character, before anything else sees the text.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/byte_level.hpp"
#include "skald/text/json_fields.hpp"
#include "skald/text/normalizers/normalizer.hpp"

namespace skald::inline SKALD_ABI {

struct ByteLevelNormalizer {
  static constexpr std::string_view type = "ByteLevel";

  void read(JsonFields&) {}

  Result<void> operator()(AlignedText& text) const {
    if (text.view().empty()) return {};
    TextRewriter rewriter(text);
    std::string character;
    while (!rewriter.rest().empty()) {
      character.clear();
      detail::append_byte_level(character, rewriter.rest().front());
      rewriter.replace(character, 1);
    }
    std::move(rewriter).commit(text);
    return {};
  }
};

}  // namespace skald
