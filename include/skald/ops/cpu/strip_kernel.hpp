// Products of a few rows: the seam between linear.hpp, which spreads them over threads, and the kernels of each
// instruction set.
#pragma once
#include <cstddef>

#include "skald/backend/space.hpp"
#include "skald/tensor/matrix_view.hpp"

namespace skald::inline SKALD_ABI {

/// What suits the memory of a machine. One row of weights at a time and a prefetch of 4 to 8 KiB across row ends were
/// best on Zen 5; processors whose single streams are slow may want several rows in flight.
struct StripTuning {
  static constexpr index_t ahead = 8192;  ///< bytes of weights between what is fetched and what is multiplied
  static constexpr index_t depth = 1024;  ///< inputs summed at once: those of eight rows stay in the first-level cache
  static constexpr index_t block = 16;    ///< outputs that share such a piece of x
  static constexpr index_t rows = 8;      ///< of x, that go over a block of weights together
};

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
  /// y[i, o] = W[o, :] . x[i, :] for o in [first, last) and every row, of which there are at most StripTuning::rows.
  /// An output's sum has one order, whatever the strip and the number of rows.         // [n, in] -> [n, last - first)
  void (*multiply)(const typename P::Parts& w, const StripRows& rows, index_t first, index_t last,
                   MatrixView<Host> y) = nullptr;

  explicit operator bool() const { return multiply != nullptr; }
};

}  // namespace skald
