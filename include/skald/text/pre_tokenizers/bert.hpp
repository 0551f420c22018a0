// BERT's pre-tokenizer: words between white space, punctuation alone.
#pragma once
#include <string_view>

#include "skald/text/pre_tokenizers/pre_tokenizer.hpp"
#include "skald/text/unicode/punctuation.hpp"

namespace skald::inline SKALD_ABI {

struct BertPreTokenizer {
  static constexpr std::string_view type = "BertPreTokenizer";

  void read(JsonFields&) {}

  Result<void> operator()(PreTokenized& text) const {
    detail::split_runs(text, [](char32_t c) {
      if (detail::is_white_space(c)) return detail::RunKind::dropped;
      return detail::is_punctuation(c) ? detail::RunKind::alone : detail::RunKind::word;
    });
    return {};
  }
};

}  // namespace skald
