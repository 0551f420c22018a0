// Finding things that lie in an array by what they hold.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

constexpr std::uint64_t mix_hash(std::uint64_t h, std::uint64_t v) {
  h = (h ^ v) * 0x9E3779B97F4A7C15u;
  return h ^ (h >> 29);
}

/// Open addressing over indices; the things themselves and their hashes are the caller's.
class HashIndex {
 public:
  static constexpr std::int32_t none = -1;

  /// The index for which same(index) holds, or none.
  template <class Same>
  std::int32_t find(std::uint64_t hash, Same&& same) const {
    if (slots_.empty()) return none;
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      if (slots_[at].index == none) return none;
      if (slots_[at].hash == hash && same(slots_[at].index)) return slots_[at].index;
    }
  }

  /// `index` must not be in it yet.
  void insert(std::uint64_t hash, std::int32_t index) {
    if (2 * (used_ + 1) > slots_.size()) grow();
    ++used_;
    place({hash, index});
  }

  std::size_t bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::int32_t index = none;
  };
  std::size_t mask() const { return slots_.size() - 1; }
  void place(const Slot& slot) {
    std::size_t at = slot.hash & mask();
    while (slots_[at].index != none) at = (at + 1) & mask();
    slots_[at] = slot;
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 16 : 2 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.index != none) place(slot);
    }
  }

  std::vector<Slot> slots_;  // a power of two
  std::size_t used_ = 0;
};

}  // namespace detail
}  // namespace skald
