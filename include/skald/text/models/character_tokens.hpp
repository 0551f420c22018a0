// The tokens of single characters, in pages: no string is made to look one up.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "skald/core/types.hpp"
#include "skald/text/models/vocabulary.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

class CharacterTokens {
 public:
  static constexpr token_id none = -1;

  void index(const Vocabulary& vocabulary) {
    vocabulary.each([&](std::string_view token, token_id id) {
      if (token.empty()) return;
      const CodePoint c = decode_utf8(token.data());
      if (std::size_t(c.size) == token.size()) insert(c.value, id);
    });
  }

  /// `none` for a character that is no token.
  token_id find(char32_t c) const {
    const std::size_t page = c >> 8;
    return page < pages_.size() ? tokens_[std::size_t{pages_[page]} << 8 | (c & 255)] : none;
  }

 private:
  void insert(char32_t c, token_id id) {
    const std::size_t page = c >> 8;
    if (page >= pages_.size()) pages_.resize(page + 1);
    if (pages_[page] == 0) {
      pages_[page] = std::uint16_t(tokens_.size() >> 8);
      tokens_.resize(tokens_.size() + 256, none);
    }
    tokens_[std::size_t{pages_[page]} << 8 | (c & 255)] = id;
  }

  std::vector<std::uint16_t> pages_;                                     // 0: no character of it is a token
  std::vector<token_id> tokens_ = std::vector<token_id>(256, none);  // 256 a page
};

}  // namespace detail
}  // namespace skald
