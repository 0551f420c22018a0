// Bytes the caller owns: a static array, a linker section.
#pragma once
#include <span>

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

class BorrowedMemory {
 public:
  BorrowedMemory() = default;
  BorrowedMemory(std::span<std::byte> bytes) : bytes_(bytes) {}
  std::byte* data() const { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::span<std::byte> bytes_;
};

}  // namespace skald
