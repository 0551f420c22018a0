// Which characters stand side by side in some token: between all others a long piece may be cut.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "skald/text/models/vocabulary.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// If no merged token has a and b side by side, no merge ever crosses from an a to a b behind it, and what lies before
/// and behind may be merged apart with the same result. Vocabularies without a pre-tokenizer have such places at every
/// word: tokens begin with U+2581 and never go on with it.
class Joints {
 public:
  void add_token(std::string_view token) {
    char32_t before = 0;
    for (std::size_t at = 0; at < token.size();) {
      const CodePoint c = decode_utf8(token.data() + at);
      if (at > 0) add(before, c.value);
      before = c.value;
      at += std::size_t(c.size);
    }
  }

  bool contains(char32_t a, char32_t b) const {
    if ((a | b) < 128) return ascii_[a * 2 + b / 64] >> b % 64 & 1;
    return slots_[place(key(a, b))] != 0;
  }

 private:
  static std::uint64_t key(char32_t a, char32_t b) { return std::uint64_t{a} << 32 | b; }
  std::size_t place(std::uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = mix_hash(key) & mask;
    while (slots_[at] != 0 && slots_[at] != key) at = (at + 1) & mask;
    return at;
  }

  void add(char32_t a, char32_t b) {
    if ((a | b) < 128) {
      ascii_[a * 2 + b / 64] |= std::uint64_t{1} << b % 64;
      return;
    }
    if (slots_[place(key(a, b))] != 0) return;
    if (++count_ * 2 > slots_.size()) {
      std::vector<std::uint64_t> old(4 * slots_.size());
      old.swap(slots_);
      for (const std::uint64_t k : old) {
        if (k != 0) slots_[place(k)] = k;
      }
    }
    slots_[place(key(a, b))] = key(a, b);
  }

  std::array<std::uint64_t, 256> ascii_{};                             // a bit a pair
  std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(64);  // other pairs, open addressing; 0: none
  std::size_t count_ = 0;
};

}  // namespace detail
}  // namespace skald
