// Products of a few rows: the seam between linear.hpp, which spreads them over threads, and the kernels of each
// instruction set.
#pragma once
#include <cstddef>

#include "skald/backend/space.hpp"
#include "skald/precision/int8.hpp"
#include "skald/tensor/matrix_view.hpp"

namespace skald::inline SKALD_ABI {

/// What suits the memory of a machine. One row of weights at a time and a prefetch of 4 to 8 KiB across row ends were
/// best on Zen 5; processors whose single streams are slow may want several rows in flight.
struct StripTuning {
  static constexpr index_t ahead = 8192;  ///< bytes of weights between what is fetched and what is multiplied
  static constexpr index_t depth = 1024;  ///< inputs summed at once: those of eight rows stay in the first-level cache
  static constexpr index_t block = 16;    ///< outputs that share such a piece of x
  static constexpr index_t rows = 8;      ///< of x, that go over a block of weights together
  /// Bytes of weights in such a block, about: it and the next one stay in the second-level cache.
  static constexpr index_t block_bytes = 128 << 10;
};

namespace detail {

/// Outputs of a block whose rows are `bytes` long: an even number.
constexpr index_t block_rows(index_t bytes) {
  const index_t n = StripTuning::block_bytes / (bytes > 0 ? bytes : 1) / 2 * 2;
  return n < 2 ? 2 : n < StripTuning::block ? n : StripTuning::block;
}

}  // namespace detail

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

  /// Whether `pack` rounds x to what the weight computes in; else it is rounded before.
  bool pack_rounds = false;

  explicit operator bool() const { return multiply != nullptr; }
};

/// How LLM.int8()'s sums are made on one level. All null: by the plain loops.
struct Int8RowsKernel {
  /// Columns that hold a number of at least `limit` in fp16, rising; their number.
  index_t (*find_outliers)(MatrixView<Host> x, float limit, std::int32_t* columns) = nullptr;
  /// round_half_even(fp16(x) * 127 / scale), never -128, but for outliers; the scale.
  float (*quantise)(const float* x, index_t n, float limit, signed char* codes) = nullptr;
  /// Bytes of `rows` rows as `pack` writes them: group by group, behind them an int32 a row.
  std::size_t (*packed_bytes)(index_t rows, index_t in) = nullptr;
  void (*pack)(const signed char* codes, index_t rows, index_t in, std::byte* to) = nullptr;
  /// sums[i * stride + o - first] = CB[o] . codes[i] of a group, for o in [first, last): exact, then rounded to float.
  void (*multiply)(const Int8Parts& w, const std::byte* group, const std::byte* offsets, index_t rows, index_t first,
                   index_t last, index_t stride, float* sums) = nullptr;
  index_t group = 8;  ///< rows that are multiplied at once, at most most_rows

  static constexpr index_t most_rows = 32;

  explicit operator bool() const { return multiply != nullptr; }
};

}  // namespace skald
