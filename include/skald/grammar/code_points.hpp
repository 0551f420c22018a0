// Sets of characters, and the bytes that spell them in UTF-8.
#pragma once
#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

struct CharacterRange {
  char32_t first, last;
};

/// A set of characters without surrogates. Ranges come in any order and may overlap until normalise().
class CharacterSet {
 public:
  CharacterSet() = default;
  CharacterSet(std::initializer_list<CharacterRange> ranges) : ranges_(ranges) { normalise(); }

  void add(char32_t first, char32_t last) { ranges_.push_back({first, last}); }
  void add(const CharacterSet& set) { ranges_.insert(ranges_.end(), set.ranges_.begin(), set.ranges_.end()); }

  /// Ascending, apart from each other, without surrogates and what is no character.
  void normalise() {
    std::vector<CharacterRange> all;
    for (const CharacterRange& r : ranges_) {
      const char32_t last = std::min<char32_t>(r.last, 0x10FFFF);
      if (r.first < 0xD800) all.push_back({r.first, std::min<char32_t>(last, 0xD7FF)});
      if (last > 0xDFFF) all.push_back({std::max<char32_t>(r.first, 0xE000), last});
    }
    std::erase_if(all, [](const CharacterRange& r) { return r.first > r.last; });
    std::sort(all.begin(), all.end(), [](const CharacterRange& a, const CharacterRange& b) {
      return a.first < b.first;
    });
    ranges_.clear();
    for (const CharacterRange& r : all) {
      if (!ranges_.empty() && r.first <= ranges_.back().last + 1) {
        ranges_.back().last = std::max(ranges_.back().last, r.last);
      } else {
        ranges_.push_back(r);
      }
    }
  }

  CharacterSet complement() const {
    CharacterSet sorted = *this, rest;
    sorted.normalise();
    char32_t next = 0;
    for (const CharacterRange& r : sorted.ranges_) {
      if (r.first > next) rest.add(next, r.first - 1);
      next = r.last + 1;
    }
    if (next <= 0x10FFFF) rest.add(next, 0x10FFFF);
    rest.normalise();
    return rest;
  }

  bool empty() const { return ranges_.empty(); }
  bool contains(char32_t c) const {
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [c](const CharacterRange& r) { return r.first <= c && c <= r.last; });
  }
  const std::vector<CharacterRange>& ranges() const { return ranges_; }

 private:
  std::vector<CharacterRange> ranges_;
};

/// One to four byte ranges, one behind the other.
struct ByteSequence {
  struct Range {
    std::uint8_t first, last;
  };
  Range bytes[4];
  int size;
};

/// f(ByteSequence) for sequences that together spell the characters first..last, which hold no surrogate.
template <class F>
void each_utf8_sequence(char32_t first, char32_t last, F&& f) {
  constexpr char32_t ends[] = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};
  constexpr std::uint8_t leads[] = {0, 0xC0, 0xE0, 0xF0};
  for (int size = 1; first <= last; ++size) {
    const char32_t end = std::min(last, ends[size - 1]);
    while (first <= end) {
      // As many trailing bytes as possible take all their 64 values; the byte before them takes a range of its own.
      int free = size - 1;
      const auto block = [&free] { return char32_t(1) << (6 * free); };
      while (free > 0 && (first % block() != 0 || first + block() - 1 > end)) --free;
      const char32_t upper = block() << 6;
      const char32_t top = free == size - 1 ? end : std::min<char32_t>(end, first - first % upper + upper - 1);
      const char32_t stop = (top + 1) / block() * block() - 1;
      ByteSequence sequence{{}, size};
      for (int i = size - 1; i >= 0; --i) {
        const int shift = 6 * (size - 1 - i);
        const char32_t mask = i == 0 ? 0x7F : 0x3F;
        const std::uint8_t base = i == 0 ? leads[size - 1] : std::uint8_t(0x80);
        sequence.bytes[i] = {std::uint8_t(base | (first >> shift & mask)), std::uint8_t(base | (stop >> shift & mask))};
      }
      f(sequence);
      first = stop + 1;
    }
  }
}

}  // namespace detail
}  // namespace skald
