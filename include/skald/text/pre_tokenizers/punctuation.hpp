// Punctuation apart from everything else.
#pragma once
#include <string_view>

#include "skald/text/pre_tokenizers/pre_tokenizer.hpp"
#include "skald/text/unicode/punctuation.hpp"

namespace skald::inline SKALD_ABI {

/// Cuts at punctuation: that of ASCII with its symbols, and category P.
struct PunctuationPreTokenizer {
  static constexpr std::string_view type = "Punctuation";

  SplitBehavior behavior = SplitBehavior::isolated;

  void read(JsonFields& fields) { behavior = read_split_behavior(fields, "behavior", "Isolated"); }

  Result<void> operator()(PreTokenized& text) const {
    detail::split_at(text, detail::is_punctuation, behavior);
    return {};
  }
};

}  // namespace skald
