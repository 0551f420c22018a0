// What queries of one head look at.
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

/// Four queries that look at the same keys: of neighbouring tokens, or of heads that share their keys.
struct FourQueries {
  const float* query[4];  // [dim]
  float* scores[4];       // by position
  float* out[4];          // [dim]
};

}  // namespace detail
}  // namespace skald
