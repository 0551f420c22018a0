// Something in front of every stretch of text: the U+2581 of the first Llama tokenizers.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/json_fields.hpp"
#include "skald/text/normalizers/normalizer.hpp"

namespace skald::inline SKALD_ABI {

/// Puts `prepend` before a text that is not empty. It shares the origin of the text's first character.
struct PrependNormalizer {
  static constexpr std::string_view type = "Prepend";
  static constexpr std::string_view untyped_key = "prepend";

  std::string prepend;

  void read(JsonFields& fields) { prepend = fields.string("prepend"); }

  Result<void> operator()(AlignedText& text) const {
    if (text.view().empty() || prepend.empty()) return {};
    const std::size_t first = std::size_t(detail::decode_utf8(text.view().data()).size);
    TextRewriter rewriter(text);
    rewriter.replace(std::string(prepend).append(rewriter.rest().substr(0, first)), first);
    rewriter.copy(rewriter.rest().size());
    std::move(rewriter).commit(text);
    return {};
  }
};

}  // namespace skald
