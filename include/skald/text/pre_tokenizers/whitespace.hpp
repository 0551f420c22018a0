// Words between white space.
#pragma once
#include <string_view>

#include "skald/text/pre_tokenizers/pre_tokenizer.hpp"
#include "skald/text/unicode/words.hpp"

namespace skald::inline SKALD_ABI {

/// \w+|[^\w\s]+: runs of word characters and of others, white space dropped. Words of Unicode 16.
struct WhitespacePreTokenizer {
  static constexpr std::string_view type = "Whitespace";

  void read(JsonFields&) {}

  Result<void> operator()(PreTokenized& text) const {
    detail::split_runs(text, kind_of);
    return {};
  }

  static detail::RunKind kind_of(char32_t c) {
    if (detail::is_white_space(c)) return detail::RunKind::dropped;
    return detail::contains(detail::word_characters, c) ? detail::RunKind::word : detail::RunKind::other;
  }
};

/// What lies between white space, whatever it is.
struct WhitespaceSplitPreTokenizer {
  static constexpr std::string_view type = "WhitespaceSplit";

  void read(JsonFields&) {}

  Result<void> operator()(PreTokenized& text) const {
    detail::split_runs(text, [](char32_t c) {
      return detail::is_white_space(c) ? detail::RunKind::dropped : detail::RunKind::word;
    });
    return {};
  }
};

}  // namespace skald
