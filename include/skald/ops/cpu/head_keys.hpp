// What one query of one head looks at.
#pragma once
#include "skald/tensor/kv_view.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Keys and values of one head at positions [first, last).
struct HeadKeys {
  KvView<Host> kv;
  index_t at = 0, dim = 0;  // of the head in a position's numbers
  std::int32_t first = 0, last = 0;

  /// The end of what lies one position after the other from `position` on.
  std::int32_t run_end(std::int32_t position) const {
    if (kv.blocks.empty()) return last;
    const std::int32_t end = (position / kv.block_size + 1) * kv.block_size;
    return end < last ? end : last;
  }
};

}  // namespace detail
}  // namespace skald
