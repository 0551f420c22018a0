// What keeps the bytes of a loaded model alive, on every backend that has a heap.
#pragma once
#include <memory>
#include <vector>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

struct ModelOrigin;  // model/tensor_lookup.hpp

template <class B>
struct HeapStorage {
  std::shared_ptr<const void> files;        ///< the maps that views point into
  std::vector<typename B::Memory> buffers;  ///< converted weights; on a device all weights
  std::shared_ptr<const ModelOrigin> origin;  ///< where a loaded model came from, for writing it back
  std::vector<std::unique_ptr<float[]>> vectors;  ///< norms and biases that were not aligned float32
};

}  // namespace skald
