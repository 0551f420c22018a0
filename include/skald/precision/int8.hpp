// int8: LLM.int8()'s row-wise weights (Dettmers et al. 2022, bitsandbytes), W[r, c] = CB[r, c] * SCB[r] / 127; or a
// scale for each block of a row.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>

#include "skald/precision/half.hpp"
#include "skald/precision/precision.hpp"

namespace skald::inline SKALD_ABI {

struct Int8Parts {
  const std::byte* codes = nullptr;       ///< int8 [stored rows, cols]
  const std::byte* row_absmax = nullptr;  ///< fp32 [stored rows]
  index_t cols = 0;
  RowMap rows{};
  /// Negative: activations stay float. Else they are quantised, as LLM.int8() does, but for outliers of at least this
  /// size (0: there are none).
  float llm_int8_threshold = -1;
};

namespace detail {

/// Half to even by comparing, not by adding a large number: no compiler flag contracts or reorders that. It vectorises
/// where nearbyint is a call. NaN, or infinity * 0, becomes 0.
inline std::int8_t int8_code(float product) {
  const std::int32_t bits = std::bit_cast<std::int32_t>(product) & 0x7fffffff;  // floats above 0 order as integers
  const std::int32_t magnitude = bits & -std::int32_t(bits <= 0x7f800000);
  const std::int32_t whole = std::int32_t(std::bit_cast<float>(magnitude));  // at most 127
  const std::int32_t half = std::bit_cast<std::int32_t>(float(whole) + 0.5f);
  const std::int32_t up = std::int32_t(magnitude > half - (whole & 1));
  const std::int32_t minus = std::bit_cast<std::int32_t>(product) >> 31;
  return std::int8_t(((whole + up) ^ minus) - minus);
}

}  // namespace detail

struct Int8BlockParts {
  const std::byte* codes = nullptr;   ///< int8 [rows, cols]
  const std::byte* scales = nullptr;  ///< fp32 [rows, ceil(cols / Block)]
  index_t cols = 0;
  RowMap rows{};
};

/// A scale for each `Block` numbers of a row: W[r, c] = codes[r, c] * scales[r, c / Block]. Nearer to the weights than
/// a scale for the whole row, for 32 / Block bits a number more. No checkpoint stores it: weights are converted to it
/// while loading, by the name "int8_blocks" where a set has others too, and are not saved. Runs by decode.
template <int Block = 0>
struct Int8 {
  static_assert(Block >= 16 && Block % 16 == 0, "skald: Int8<Block>: Block is 0, a scale a row, or a multiple of 16");
  static constexpr const char* name = "int8_blocks";
  using Parts = Int8BlockParts;

  static constexpr index_t blocks(index_t cols) { return (cols + Block - 1) / Block; }
  static constexpr std::size_t bytes(index_t rows, index_t cols) {
    return std::size_t(rows * blocks(cols)) * sizeof(float) + std::size_t(rows * cols);
  }

  static void decode(const Parts& w, index_t, index_t row, index_t first, float* out, index_t count) {
    const index_t r = w.rows(row);
    const std::byte* from = w.codes + r * w.cols + first;
    for (index_t i = 0; i < count;) {
      const index_t block = (first + i) / Block, left = (block + 1) * Block - first, end = left < count ? left : count;
      const float s = load<float>(w.scales, r * blocks(w.cols) + block);
      for (; i < end; ++i) out[i] = float(static_cast<signed char>(from[i])) * s;
    }
  }

  static constexpr int encode_steps = 1;
  static constexpr index_t encode_pieces(int, index_t rows, index_t cols) { return detail::row_pieces(rows, cols); }

  /// scale = max |W| / 127; code = round_half_even(W * (127 / max |W|)). Blocks below 1e-35 are 0.
  template <class Read>
  static void encode_piece(Read&& read, index_t rows, index_t cols, std::byte* storage, int, index_t piece) {
    float values[Block] = {};
    std::int8_t narrow[Block];
    std::byte* codes = storage + rows * blocks(cols) * index_t(sizeof(float));
    const index_t first = piece * detail::piece_rows(cols), left = rows - first;
    for (index_t r = first; r < first + (left < detail::piece_rows(cols) ? left : detail::piece_rows(cols)); ++r)
      for (index_t c = 0; c < cols; c += Block) {
        const index_t n = cols - c < Block ? cols - c : Block;
        read(r, c, values, n);
        for (index_t i = n; i < Block; ++i) values[i] = 0;
        const float absmax = detail::absmax(values, n), scale = absmax / 127.0f;
        const float inverse = absmax > 1e-35f ? 127.0f / absmax : 0.0f;
        detail::in_lanes(n, [&](index_t i) { narrow[i] = detail::int8_code(values[i] * inverse); });
        std::memcpy(storage + (r * blocks(cols) + c / Block) * index_t(sizeof(float)), &scale, sizeof scale);
        std::memcpy(codes + r * cols + c, narrow, std::size_t(n));
      }
  }
  template <class Read>
  static void encode(Read&& read, index_t rows, index_t cols, std::byte* storage) {
    detail::encode_all_pieces<Int8>(read, rows, cols, storage);
  }

  static Parts parts(const std::byte* storage, index_t rows, index_t cols) {
    return {storage + rows * blocks(cols) * index_t(sizeof(float)), storage, cols, {}};
  }
};

using int8 = Int8<>;

/// A scale for each row, as LLM.int8() has it.
template <>
struct Int8<0> {
  static constexpr const char* name = "int8";
  using Parts = Int8Parts;

  /// The float32 that bitsandbytes multiplies by.
  static constexpr float inverse_127 = 7.874015718698502e-3f;

  static constexpr std::size_t bytes(index_t rows, index_t cols) {
    return std::size_t(rows) * sizeof(float) + std::size_t(rows * cols);
  }

  static float scale(const Parts& w, index_t row) { return load<float>(w.row_absmax, w.rows(row)) * inverse_127; }

  static void decode(const Parts& w, index_t, index_t row, index_t first, float* out, index_t count) {
    const float s = scale(w, row);
    const std::byte* from = w.codes + w.rows(row) * w.cols + first;
    for (index_t i = 0; i < count; ++i) out[i] = float(static_cast<signed char>(from[i])) * s;
  }

  static bool adopt(const StoredWeight& s, const RowMap& rows, Parts& parts) {
    if (s.form != StoredForm::int8_rowwise) return false;
    parts = {s.data, s.row_absmax, s.cols, rows, s.llm_int8_threshold};
    return true;
  }

  static constexpr int encode_steps = 1;
  static constexpr index_t encode_pieces(int, index_t rows, index_t cols) { return detail::row_pieces(rows, cols); }

  /// SCB[r] = max |fp16(W[r, :])|; CB = round_half_even(fp16(W) * (1 / SCB * 127)), the scale formed first and by the
  /// reciprocal, as PyTorch divides a number by a tensor.
  template <class Read>
  static void encode_piece(Read&& read, index_t rows, index_t cols, std::byte* storage, int, index_t piece) {
    constexpr index_t chunk = 1024;
    float values[chunk] = {};
    std::int8_t narrow[chunk];
    const auto read_halves = [&](index_t r, index_t c) {
      const index_t n = cols - c < chunk ? cols - c : chunk;
      read(r, c, values, n);
      detail::in_lanes(n, [&](index_t i) { values[i] = rounded_to_fp16(values[i]); });
      return n;
    };
    std::byte* codes = storage + rows * index_t(sizeof(float));
    const index_t first = piece * detail::piece_rows(cols), left = rows - first;
    for (index_t r = first; r < first + (left < detail::piece_rows(cols) ? left : detail::piece_rows(cols)); ++r) {
      float absmax = 0;
      for (index_t c = 0; c < cols; c += chunk) {
        const float m = detail::absmax(values, read_halves(r, c));
        absmax = m > absmax ? m : absmax;
      }
      std::memcpy(storage + r * index_t(sizeof(float)), &absmax, sizeof(float));
      const float scale = absmax > 0 ? 1.0f / absmax * 127.0f : 0.0f;
      for (index_t c = 0; c < cols; c += chunk) {
        const index_t n = cols <= chunk ? cols : read_halves(r, c);
        detail::in_lanes(n, [&](index_t i) { narrow[i] = detail::int8_code(values[i] * scale); });
        std::memcpy(codes + r * cols + c, narrow, std::size_t(n));
      }
    }
  }
  template <class Read>
  static void encode(Read&& read, index_t rows, index_t cols, std::byte* storage) {
    detail::encode_all_pieces<Int8>(read, rows, cols, storage);
  }

  static Parts parts(const std::byte* storage, index_t rows, index_t cols) {
    return {storage + rows * index_t(sizeof(float)), storage, cols, {}, -1};
  }
};

static_assert(Adoptable<int8> && PiecewiseEncodable<int8>);

}  // namespace skald
