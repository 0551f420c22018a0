// Products of many rows whose numbers are not float32: the seam between linear.hpp and the tiles of each instruction
// set.
#pragma once
#include "skald/backend/space.hpp"
#include "skald/precision/dense.hpp"
#include "skald/tensor/matrix_view.hpp"

namespace skald::inline SKALD_ABI {

/// How bf16 weights that compute in bf16 are multiplied on one level. All null: x is rounded, and goes with them
/// through the tile of float32.
struct PairTile {
  /// Bytes of n rows as `pack` writes them: rounded to bf16, at the alignment of a cache line.
  std::size_t (*packed_bytes)(index_t n, index_t in) = nullptr;
  void (*pack)(MatrixView<Host> x, std::byte* to) = nullptr;
  /// y[i, o] = W[o, :] . x[i, :] for o in [first, last) and every row.            // [n, in] -> [n, last - first)
  void (*multiply)(const DenseParts& w, const std::byte* x, index_t in, index_t first, index_t last,
                   MatrixView<Host> y) = nullptr;

  explicit operator bool() const { return multiply != nullptr; }
};

}  // namespace skald
