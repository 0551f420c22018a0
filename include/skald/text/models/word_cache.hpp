// Words that were there before and their tokens: text repeats itself.
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

/// A word of up to 39 bytes, its length and how it is spelled, in two machine words or five.
class WordKey {
 public:
  WordKey(std::string_view word, bool byte_level) {
    if (word.empty() || word.size() > 39) return;
    size_ = word.size() <= 15 ? 2 : 5;
    std::size_t at = 0;
    for (; word.size() - at > 8; at += 8) words_[at / 8] = first_bytes(word.data() + at, 8);
    words_[at / 8] = first_bytes(word.data() + at, word.size() - at);
    words_[size_ - 1] |= std::uint64_t(word.size() << 1 | byte_level) << 56;
    hash_ = hash(words_, size_);
  }

  bool fits() const { return size_ != 0; }

 private:
  friend class WordCache;

  static std::uint64_t hash(const std::uint64_t* words, std::size_t count) {
    std::uint64_t h = 0;
    for (std::size_t i = count; i-- > 0;) h = mix_hash(h ^ words[i]);
    return h;
  }

  /// 1 to 8 bytes as a number, read in at most two overlapping loads.
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

  std::uint64_t words_[5] = {};
  std::size_t size_ = 0;
  std::uint64_t hash_ = 0;
};

/// One entry a hash; the newer word wins. It starts small and grows with the number of words that go by, so that a
/// short text does not pay for clearing a large table.
class WordCache {
 public:
  bool find(const WordKey& key, std::vector<Token>& tokens) const {
    return key.size_ == 2 ? short_.find(key, tokens) : long_.find(key, tokens);
  }

  void insert(const WordKey& key, const std::vector<Token>& tokens) {
    if (key.size_ == 2) short_.insert(key, tokens);
    else long_.insert(key, tokens);
  }

 private:
  static constexpr std::size_t fewest_entries = 64;

  /// Keys of `words` machine words; the last is not 0.
  template <std::size_t words, std::size_t most_tokens, std::size_t most_entries>
  class Table {
   public:
    bool find(const WordKey& key, std::vector<Token>& tokens) const {
      if (entries_.empty()) return false;
      const std::size_t at = place(key.hash_);
      if (tags_[at] != tag(key.hash_)) return false;
      const Entry& entry = entries_[at];
      if (!std::equal(key.words_, key.words_ + words, entry.key)) return false;
      for (int i = 0; i < entry.count; ++i) tokens.push_back({entry.ids[i], entry.sizes[i]});
      return true;
    }

    void insert(const WordKey& key, const std::vector<Token>& tokens) {
      if (tokens.size() > most_tokens) return;
      if (++inserted_ > entries_.size() / 2 && entries_.size() < most_entries) grow();
      Entry& entry = claim(key.hash_);
      std::copy(key.words_, key.words_ + words, entry.key);
      entry.count = std::uint8_t(tokens.size());
      for (std::size_t i = 0; i < tokens.size(); ++i) {
        entry.ids[i] = tokens[i].id;
        entry.sizes[i] = std::uint8_t(tokens[i].size);
      }
    }

   private:
    struct alignas(64) Entry {
      std::uint64_t key[words] = {};
      token_id ids[most_tokens] = {};
      std::uint8_t sizes[most_tokens] = {};
      std::uint8_t count = 0;
    };

    Entry& claim(std::uint64_t hash) {
      tags_[place(hash)] = tag(hash);
      return entries_[place(hash)];
    }
    std::size_t place(std::uint64_t hash) const { return hash & (entries_.size() - 1); }
    static std::uint8_t tag(std::uint64_t hash) { return std::uint8_t(hash >> 56); }

    void grow() {
      std::vector<Entry> old(entries_.empty() ? fewest_entries : 4 * entries_.size());
      old.swap(entries_);
      tags_.assign(entries_.size(), 0);
      for (const Entry& entry : old) {
        if (entry.key[words - 1] != 0) claim(WordKey::hash(entry.key, words)) = entry;
      }
    }

    std::vector<Entry> entries_;
    std::vector<std::uint8_t> tags_;  // of the hashes: a new word is seen to be one without a look at its entry
    std::size_t inserted_ = 0;
  };

  Table<2, 8, 16384> short_;  // 64 bytes each
  Table<5, 16, 4096> long_;   // 128
};

}  // namespace detail
}  // namespace skald
