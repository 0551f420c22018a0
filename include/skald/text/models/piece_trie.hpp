// All tokens that a text begins with, found byte by byte.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// A tree of bytes in one table: open addressing by (node, byte). Memory goes with the number of nodes alone, and
/// each step is one look-up.
class PieceTrie {
 public:
  /// Node 0 is the root; as a step's end it means that no token goes on so.
  static constexpr std::uint32_t root = 0;

  struct Step {
    std::uint64_t key = 0;
    std::uint32_t node = 0;
    token_id token = -1;  // that ends here; -1: none
  };

  const Step& step(std::uint32_t node, char byte) const { return slots_[place(key(node, byte))]; }

  /// The node behind all bytes of the text; the root if no token begins so.
  std::uint32_t walk(std::string_view text) const {
    std::uint32_t node = root;
    for (const char byte : text) {
      node = step(node, byte).node;
      if (node == root) break;
    }
    return node;
  }

  /// A text that is there already gets the new token. An empty one is never found.
  void insert(std::string_view text, token_id token) {
    std::uint32_t node = root;
    std::size_t at = 0;
    for (const char byte : text) {
      if (4 * nodes_ > 3 * slots_.size()) grow();
      const std::uint64_t wanted = key(node, byte);
      at = place(wanted);
      if (slots_[at].node == 0) slots_[at] = {wanted, nodes_++, -1};
      node = slots_[at].node;
    }
    if (!text.empty()) slots_[at].token = token;
  }

 private:
  static std::uint64_t key(std::uint32_t node, char byte) {
    return std::uint64_t{node} << 8 | static_cast<unsigned char>(byte);
  }
  std::size_t place(std::uint64_t wanted) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = (wanted * 0x9E3779B97F4A7C15u) >> shift_;
    while (slots_[at].node != 0 && slots_[at].key != wanted) at = (at + 1) & mask;
    return at;
  }
  void grow() {
    std::vector<Step> old(2 * slots_.size());
    old.swap(slots_);
    --shift_;
    for (const Step& step : old) {
      if (step.node != 0) slots_[place(step.key)] = step;
    }
  }

  std::vector<Step> slots_ = std::vector<Step>(1024);  // a power of two, at most three quarters full
  int shift_ = 54;
  std::uint32_t nodes_ = 1;
};

}  // namespace detail
}  // namespace skald
