// What one stored number means. A precision is a type; its plain decode is enough to run everywhere.
#pragma once
#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include "skald/precision/stored.hpp"

namespace skald::inline SKALD_ABI {

/// | expression                                        | result | meaning                                            |
/// |---------------------------------------------------|--------|----------------------------------------------------|
/// | P::name                                           | string | "bf16": for tables and errors                      |
/// | P::Parts                                          | type   | trivially copyable pointers into the file          |
/// | P::bytes(rows, cols)                              | size_t | of one matrix in memory of our own                 |
/// | P::decode(parts, cols, row, first, out, count)    | void   | out[i] = W[row, first + i]: the oracle             |
/// See docs/precision.md.
template <class P>
concept Precision = requires(const typename P::Parts& w, index_t i, float* out) {
  { P::name } -> std::convertible_to<const char*>;
  requires std::is_trivially_copyable_v<typename P::Parts>;
  { P::bytes(i, i) } -> std::same_as<std::size_t>;
  { P::decode(w, i, i, i, out, i) } -> std::same_as<void>;
};

/// A precision that can run a stored weight where it lies: P::adopt(stored, rows, parts) -> bool. `rows` picks the
/// part of a fused tensor.
template <class P>
concept Adoptable = Precision<P> && requires(const StoredWeight& s, const RowMap& rows, typename P::Parts& parts) {
  { P::adopt(s, rows, parts) } -> std::same_as<bool>;
};

/// A precision that weights can be converted to: P::encode(read, rows, cols, storage), where
/// read(row, first, out, count) gives W[row, first...] as floats and `storage` has P::bytes(rows, cols) bytes;
/// P::parts(storage, rows, cols) -> Parts finds them again (an image in flash, say).
template <class P>
concept Encodable = Precision<P> && requires(void (*read)(index_t, index_t, float*, index_t), index_t n,
                                             std::byte* storage, const std::byte* image) {
  { P::encode(read, n, n, storage) } -> std::same_as<void>;
  { P::parts(image, n, n) } -> std::same_as<typename P::Parts>;
};

/// One that several threads may convert to. A conversion is `encode_steps` steps, one after the other; the pieces of a
/// step, which do not depend on the number of threads, come in any order:
///   P::encode_pieces(step, rows, cols) -> index_t
///   P::encode_piece(read, rows, cols, storage, step, piece)
/// P::encode does all of them in order.
template <class P>
concept PiecewiseEncodable = Encodable<P> && requires(void (*read)(index_t, index_t, float*, index_t), index_t n,
                                                      std::byte* storage) {
  { P::encode_steps } -> std::convertible_to<int>;
  { P::encode_pieces(0, n, n) } -> std::same_as<index_t>;
  { P::encode_piece(read, n, n, storage, 0, n) } -> std::same_as<void>;
};

namespace detail {

/// Numbers of a piece, about: a tenth of a millisecond.
inline constexpr index_t piece_size = 1 << 16;

/// Pieces of whole rows.
constexpr index_t piece_rows(index_t cols) { return cols > 0 && cols < piece_size ? piece_size / cols : 1; }
constexpr index_t row_pieces(index_t rows, index_t cols) { return (rows + piece_rows(cols) - 1) / piece_rows(cols); }

template <class P, class Read>
void encode_all_pieces(Read& read, index_t rows, index_t cols, std::byte* storage) {
  for (int step = 0; step < P::encode_steps; ++step)
    for (index_t piece = 0; piece < P::encode_pieces(step, rows, cols); ++piece)
      P::encode_piece(read, rows, cols, storage, step, piece);
}

/// f(i) for i in [0, n rounded up to sixteen): inner loops of a constant length are vectorised at -O2 too, when f has
/// no branches.
template <class F>
void in_lanes(index_t n, F&& f) {
  for (index_t i = 0; i < n; i += 16)
    for (int lane = 0; lane < 16; ++lane) f(i + lane);
}

/// Bit by bit: a comparison and a minus would be a branch.
constexpr float magnitude(float x) { return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) & 0x7fffffffu); }

/// max |x|, without NaN, as fmax has it.
inline float absmax(const float* x, index_t n) {
  float highest[16] = {};
  const auto take = [&](int lane, float value) {
    highest[lane] = magnitude(value) > highest[lane] ? magnitude(value) : highest[lane];
  };
  index_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int lane = 0; lane < 16; ++lane) take(lane, x[i + lane]);
  for (; i < n; ++i) take(0, x[i]);
  for (int lane = 1; lane < 16; ++lane) take(0, highest[lane]);
  return highest[0];
}

}  // namespace detail

}  // namespace skald
