// Byte-level pieces as text, for models that look at characters.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/byte_level.hpp"
#include "skald/text/models/token_model.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

class Spelling {
 public:
  /// The piece as its characters; valid until the next call.
  std::string_view text(ModelInput piece) {
    if (!piece.byte_level) return piece.text;
    text_.clear();
    for (const char byte : piece.text) append_byte_level(text_, byte);
    return text_;
  }

  /// Tokens from `first` on count bytes of text(); afterwards they count bytes of the piece.
  void count_bytes(ModelInput piece, std::vector<Token>& tokens, std::size_t first) const {
    std::size_t at = 0;
    for (std::size_t i = first; piece.byte_level && i < tokens.size(); ++i) {
      const std::size_t end = at + tokens[i].size;
      tokens[i].size = 0;
      for (; at < end; ++at) tokens[i].size += !is_continuation(text_[at]);
    }
  }

 private:
  std::string text_;
};

}  // namespace detail
}  // namespace skald
