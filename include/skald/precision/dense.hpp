// fp32, fp16, bf16: one number after the other, with strides, so that a transposed or fused tensor is a view.
#pragma once
#include <cstring>

#include "skald/precision/half.hpp"
#include "skald/precision/precision.hpp"

namespace skald::inline SKALD_ABI {

/// W[r, c] lies at element rows(r) * row_stride + c * col_stride, of any alignment.
struct DenseParts {
  const std::byte* data = nullptr;
  index_t row_stride = 0, col_stride = 1;
  RowMap rows{};
  ComputeType compute = ComputeType::fp32;  ///< of bf16 alone
};

namespace detail {

template <class T, StoredType Type>
struct Dense {
  using Parts = DenseParts;
  using element = T;

  static constexpr std::size_t bytes(index_t rows, index_t cols) { return std::size_t(rows * cols) * sizeof(T); }

  static void decode(const Parts& w, index_t, index_t row, index_t first, float* out, index_t count) {
    const std::byte* from = w.data + (w.rows(row) * w.row_stride + first * w.col_stride) * index_t(sizeof(T));
    if (w.col_stride == 1)
      for (index_t i = 0; i < count; ++i) out[i] = to_float(load<T>(from, i));
    else
      for (index_t i = 0; i < count; ++i) out[i] = to_float(load<T>(from, i * w.col_stride));
  }

  static bool adopt(const StoredWeight& s, const RowMap& rows, Parts& parts) {
    if (s.form != StoredForm::dense || s.type != Type) return false;
    parts = s.transposed ? Parts{s.data, 1, s.rows, rows} : Parts{s.data, s.cols, 1, rows};
    parts.compute = compute_of(s);
    return true;
  }

  static constexpr ComputeType compute_of(const StoredWeight& s) {
    return Type == StoredType::bf16 ? s.bf16_compute : ComputeType::fp32;
  }

  static constexpr int encode_steps = 1;
  static constexpr index_t encode_pieces(int, index_t rows, index_t cols) { return row_pieces(rows, cols); }

  template <class Read>
  static void encode_piece(Read&& read, index_t rows, index_t cols, std::byte* storage, int, index_t piece) {
    float chunk[256] = {};
    T narrow[256];
    const index_t first = piece * piece_rows(cols), left = rows - first;
    for (index_t r = first; r < first + (left < piece_rows(cols) ? left : piece_rows(cols)); ++r)
      for (index_t c = 0; c < cols; c += 256) {
        const index_t n = cols - c < 256 ? cols - c : 256;
        read(r, c, chunk, n);
        in_lanes(n, [&](index_t i) { narrow[i] = from_float<T>(chunk[i]); });
        std::memcpy(storage + (r * cols + c) * index_t(sizeof(T)), narrow, std::size_t(n) * sizeof(T));
      }
  }
  template <class Read>
  static void encode(Read&& read, index_t rows, index_t cols, std::byte* storage) {
    encode_all_pieces<Dense>(read, rows, cols, storage);
  }

  static Parts parts(const std::byte* storage, index_t, index_t cols) { return {storage, cols, 1}; }
};

}  // namespace detail

/// IEEE single precision.
struct fp32 : detail::Dense<float, StoredType::f32> { static constexpr const char* name = "fp32"; };
/// IEEE half precision.
struct fp16 : detail::Dense<fp16_t, StoredType::f16> { static constexpr const char* name = "fp16"; };
/// The upper half of a single.
struct bf16 : detail::Dense<bf16_t, StoredType::bf16> { static constexpr const char* name = "bf16"; };

static_assert(Adoptable<fp32> && PiecewiseEncodable<fp32> && PiecewiseEncodable<fp16> && PiecewiseEncodable<bf16>);

}  // namespace skald
