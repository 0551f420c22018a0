// Replacements in whole strings, and those that take spaces from between words and punctuation.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// From left to right, none overlapping. An empty `from` is found before each character and at the end.
inline void replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::size_t at = 0, found = text.find(from);
  if (found == text.npos) return;
  std::string out;
  for (; found != text.npos; found = text.find(from, at)) {
    out.append(text, at, found - at).append(to);
    at = found + from.size();
    if (!from.empty()) continue;
    if (at == text.size()) break;
    const auto character = std::size_t(decode_utf8(text.data() + at).size);
    out.append(text, at, character);
    at += character;
  }
  text = out.append(text, at);
}

inline constexpr std::pair<std::string_view, std::string_view> word_clean_ups[] = {
    {" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"}, {" n't", "n't"}, {" 'm", "'m"},
    {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
};

/// The "cleanup" of WordPiece and CTC, on one token.
inline void clean_up_word(std::string& token) {
  for (const auto& [from, to] : word_clean_ups) replace_all(token, from, to);
}

}  // namespace detail
}  // namespace skald
