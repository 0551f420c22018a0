// Products of a few rows: the seam between linear.hpp, which spreads them over threads, and the kernels of each
// instruction set.
#pragma once
#include <cstddef>

#include "skald/backend/space.hpp"
#include "skald/tensor/matrix_view.hpp"

namespace skald::inline SKALD_ABI {

/// The rows to multiply: as they are, and as the kernel's `pack` left them.
struct StripRows {
  MatrixView<Host> x;                  // [n, in]
  const std::byte* packed = nullptr;   // n times packed_stride bytes, on a cache line
  std::size_t packed_stride = 0;
};

/// How one precision is multiplied on one level. All null: decode and dot.
template <class P>
struct StripKernel {
  /// Bytes of one row as `pack` writes it. Null, with `pack`: `multiply` reads the floats themselves.
  std::size_t (*packed_bytes)(index_t in) = nullptr;
  /// One row, once an operation: permuted, rounded or quantised, whatever the weights meet best.
  void (*pack)(const float* x, index_t in, std::byte* to) = nullptr;
  /// y[i, o] = W[o, :] . x[i, :] for o in [first, last) and every row. An output's sum has one order, whatever the
  /// strip and the number of rows.                                                       // [n, in] -> [n, last - first)
  void (*multiply)(const typename P::Parts& w, const StripRows& rows, index_t first, index_t last,
                   MatrixView<Host> y) = nullptr;

  explicit operator bool() const { return multiply != nullptr; }
};

}  // namespace skald
