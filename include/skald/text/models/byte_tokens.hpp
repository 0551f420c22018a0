// <0x00> to <0xFF>: the tokens that a character without one of its own falls back to.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "skald/text/models/token_model.hpp"
#include "skald/text/models/vocabulary.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

class ByteTokens {
 public:
  /// Looks them up; before that no byte has a token.
  void index(const Vocabulary& vocabulary) {
    constexpr char digits[] = "0123456789ABCDEF";
    for (unsigned b = 0; b < 256; ++b) {
      const char spelled[] = {'<', '0', 'x', digits[b >> 4], digits[b & 15], '>'};
      entries_[b] = vocabulary.find({spelled, sizeof spelled}).value_or(-1) + 1;
    }
  }

  /// A token for each byte, or none if one of them has no token. `first` and `others` are their sizes.
  bool append(std::string_view bytes, std::uint32_t first, std::uint32_t others, std::vector<Token>& tokens) const {
    for (const char byte : bytes) {
      if (entry(byte) == 0) return false;
    }
    std::uint32_t size = first;
    for (const char byte : bytes) {
      tokens.push_back({entry(byte) - 1, size});
      size = others;
    }
    return true;
  }

  bool complete() const {
    for (const token_id entry : entries_) {
      if (entry == 0) return false;
    }
    return true;
  }

  /// Whether a token is written like one of these.
  static bool is_one(std::string_view token) {
    return token.size() == 6 && token.starts_with("<0x") && token.ends_with('>');
  }

 private:
  token_id entry(char byte) const { return entries_[static_cast<unsigned char>(byte)]; }

  std::array<token_id, 256> entries_{};  // the id and one; 0: none
};

}  // namespace detail
}  // namespace skald
