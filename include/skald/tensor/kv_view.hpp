// Keys and values of one sequence in one layer, whatever the cache's policy.
#pragma once
#include <span>

#include "skald/backend/space.hpp"

namespace skald::inline SKALD_ABI {

/// The key of position p starts at `data + block(p / block_size) * block_stride + (p % block_size) * width`, its value
/// `v_offset` further. One block: contiguous. Many: paged; `blocks` names them (host memory, alive until the work ran).
/// `T` is the element: float, fp16_t, bf16_t, or one that holds several numbers (tensor/cache_elements.hpp).
template <class Space, class T = float>
struct KvView {
  using element = T;
  using pointer = typename Space::template ptr<T>;

  pointer data{};
  std::span<const std::int32_t> blocks{};  ///< empty: one block that starts at data
  std::int32_t block_size = 0;
  std::int32_t length = 0;                 ///< positions held, those of this step included
  index_t width = 0;                       ///< elements that hold kv_heads * head_dim numbers
  index_t v_offset = 0, block_stride = 0;

  index_t offset(index_t position) const {
    if (blocks.empty()) return position * width;
    return blocks[std::size_t(position / block_size)] * block_stride + position % block_size * width;
  }
  pointer key(index_t position) const { return data + offset(position); }
  pointer value(index_t position) const { return data + (offset(position) + v_offset); }
};

/// The tokens of one sequence in a step: rows [first, first + count) of the step's matrices, which stand at positions
/// [past, past + count) of the view.
template <class Space, class T = float>
struct AttentionRow {
  std::int32_t first = 0, count = 0, past = 0;
  KvView<Space, T> kv;
};

}  // namespace skald
