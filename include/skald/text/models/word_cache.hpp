// The words of one call and their tokens: text repeats itself.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "skald/text/models/token_model.hpp"
#include "skald/text/models/vocabulary.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// A word of up to 15 bytes, its length and how it is spelled, in two machine words.
class WordKey {
 public:
  WordKey(std::string_view word, bool byte_level) {
    if (word.empty() || word.size() > 15) return;
    halves_[0] = first_bytes(word.data(), std::min<std::size_t>(word.size(), 8));
    if (word.size() > 8) halves_[1] = first_bytes(word.data() + 8, word.size() - 8);
    halves_[1] |= std::uint64_t(word.size() << 1 | byte_level) << 56;
  }

  bool fits() const { return (halves_[0] | halves_[1]) != 0; }
  std::uint64_t hash() const { return mix_hash(halves_[0] ^ mix_hash(halves_[1])); }
  friend bool operator==(const WordKey&, const WordKey&) = default;

 private:
  /// Up to eight bytes as a number, read in at most two overlapping loads.
  static std::uint64_t first_bytes(const char* p, std::size_t n) {
    const auto byte = [p](std::size_t i) { return std::uint64_t(static_cast<unsigned char>(p[i])); };
    if (n < 4) return byte(0) | byte(n / 2) << 8 * (n / 2) | byte(n - 1) << 8 * (n - 1);
    if constexpr (std::endian::native == std::endian::little) {
      std::uint32_t low = 0, high = 0;
      std::memcpy(&low, p, 4);
      std::memcpy(&high, p + n - 4, 4);
      return low | std::uint64_t{high} << 8 * (n - 4);
    }
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < n; ++i) all |= byte(i) << 8 * i;
    return all;
  }

  std::uint64_t halves_[2] = {0, 0};
};

/// One entry a hash; the newer word wins. It starts small and grows with the number of words that go by, so that a
/// short text does not pay for clearing a large table.
class WordCache {
 public:
  bool find(const WordKey& key, std::vector<Token>& tokens) {
    if (entries_.empty()) return false;
    const Entry& entry = entries_[key.hash() & (entries_.size() - 1)];
    if (!(entry.key == key)) return false;
    for (int i = 0; i < entry.count; ++i) tokens.push_back({entry.ids[i], entry.sizes[i]});
    return true;
  }

  void insert(const WordKey& key, const std::vector<Token>& tokens) {
    if (tokens.size() > most_tokens) return;
    if (++inserted_ > entries_.size() / 2 && entries_.size() < most_entries) grow();
    put({key, tokens});
  }

 private:
  static constexpr std::size_t most_tokens = 8, fewest_entries = 64, most_entries = 16384;  // 64 bytes each

  struct alignas(64) Entry {
    WordKey key{{}, false};
    token_id ids[most_tokens] = {};
    std::uint8_t sizes[most_tokens] = {};
    std::uint8_t count = 0;

    Entry() = default;
    Entry(const WordKey& k, const std::vector<Token>& tokens) : key(k), count(std::uint8_t(tokens.size())) {
      for (std::size_t i = 0; i < tokens.size(); ++i) {
        ids[i] = tokens[i].id;
        sizes[i] = std::uint8_t(tokens[i].size);
      }
    }
  };

  void put(const Entry& entry) { entries_[entry.key.hash() & (entries_.size() - 1)] = entry; }

  void grow() {
    std::vector<Entry> old(entries_.empty() ? fewest_entries : 4 * entries_.size());
    old.swap(entries_);
    for (const Entry& entry : old) {
      if (entry.key.fits()) put(entry);
    }
  }

  std::vector<Entry> entries_;
  std::size_t inserted_ = 0;
};

}  // namespace detail
}  // namespace skald
