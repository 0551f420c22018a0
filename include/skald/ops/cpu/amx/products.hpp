// Products of many rows in the tiles of AMX: bf16 by bf16, and the sums of LLM.int8(). `Tiles` is HardwareTiles, or
// something that behaves so.
#pragma once
#include "skald/ops/cpu/amx/tiles.hpp"
#include "skald/precision/dense.hpp"
#include "skald/precision/int8.hpp"
#include "skald/tensor/matrix_view.hpp"

namespace skald::inline SKALD_ABI {
namespace detail::amx {

inline std::size_t pair_bytes(index_t n, index_t in) { return std::size_t(packed_bytes(n, in * 2)); }

inline void pack_pairs(MatrixView<Host> x, std::byte* to) {
  constexpr index_t piece = 256;  // a multiple of a tile's numbers
  std::memset(to, 0, pair_bytes(x.rows, x.cols));
  const index_t group = steps(x.cols * 2) * tile_bytes;
  for (index_t i = 0; i < x.rows; ++i)
    for (index_t c = 0; c < x.cols; c += piece) {
      const index_t n = x.cols - c < piece ? x.cols - c : piece;
      bf16_t rounded[piece];
      for (index_t k = 0; k < n; ++k) rounded[k] = to_bf16(x.row(i)[c + k]);
      put_row(reinterpret_cast<const std::byte*>(rounded), n * 2, i % tile_rows,
              to + i / tile_rows * group + steps(c * 2) * tile_bytes);
    }
}

/// PairTile::multiply
template <class Tiles>
void multiply_pairs(const DenseParts& w, const std::byte* x, index_t in, index_t first, index_t last,
                    MatrixView<Host> y) {
  Tiles tiles;
  const auto at = [&](index_t o) { return w.data + w.rows(o) * w.row_stride * 2; };
  multiply<Numbers::pairs_of_bf16>(tiles, at, in * 2, x, y.rows, first, last,
                                   [&](index_t i, index_t o, index_t outs, const std::byte* sums) {
                                     for (index_t k = 0; k < outs; ++k)
                                       std::memcpy(y.row(i) + o + k, sums + k * row_bytes, sizeof(float));
                                   });
}

/// Int8RowsKernel::packed_bytes; nothing stands in the int32 a row.
inline std::size_t int8_bytes(index_t n, index_t in) { return std::size_t(packed_bytes(n, in) + n * 4); }

inline void pack_int8_rows(const signed char* codes, index_t n, index_t in, std::byte* to) {
  std::memset(to, 0, int8_bytes(n, in));
  for (index_t i = 0; i < n; ++i) put_row(reinterpret_cast<const std::byte*>(codes) + i * in, in, i, to);
}

/// Int8RowsKernel::multiply
template <class Tiles>
void multiply_int8_rows(const Int8Parts& w, const std::byte* group, const std::byte*, index_t rows, index_t first,
                        index_t last, index_t stride, float* sums) {
  Tiles tiles;
  const auto at = [&](index_t o) { return w.codes + w.rows(o) * w.cols; };
  multiply<Numbers::int8>(tiles, at, w.cols, group, rows, first, last,
                          [&](index_t i, index_t o, index_t outs, const std::byte* exact) {
                            for (index_t k = 0; k < outs; ++k)
                              sums[i * stride + o - first + k] = float(load<std::int32_t>(exact + k * row_bytes, 0));
                          });
}

}  // namespace detail::amx
}  // namespace skald
