// Who keeps a model's bytes alive: the mapped files, and what was converted. Nobody of ours where the caller does.
#pragma once
#include <memory>
#include <type_traits>
#include <vector>

#include "skald/backend/backend.hpp"

namespace skald::inline SKALD_ABI {

template <class B>
struct HeapStorage {
  std::shared_ptr<const void> files;        ///< the maps that views point into
  std::vector<typename B::Memory> buffers;  ///< converted weights; on a device all weights
  std::vector<std::unique_ptr<float[]>> vectors;  ///< norms and biases that were not aligned float32
};

struct NoStorage {};

template <class B>
using ModelStorage = std::conditional_t<HeapBackend<B>, HeapStorage<B>, NoStorage>;

}  // namespace skald
