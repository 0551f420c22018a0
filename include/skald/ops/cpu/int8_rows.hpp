// LLM.int8()'s rows as the kernels on x86 read them, and the walk over weights that they share.
#pragma once
#include <cstring>

#include "skald/ops/cpu/strip_kernel.hpp"
#include "skald/precision/int8.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

// Rows go in groups of eight, the last one filled up to one, two, four or eight. A group is 64 codes of each of its
// rows, the next 64 of each, and so on, so that it is read in one walk. What is multiplied is weight + 128, which has
// no sign, as instructions want it: 128 times the sum of a row's codes is then taken off again.

constexpr index_t int8_group(index_t rows) { return rows > 4 ? 8 : rows > 2 ? 4 : rows; }
constexpr index_t int8_steps(index_t in) { return (in + 63) / 64; }

/// Of the groups of n rows; behind them an int32 a row.
constexpr std::size_t packed_int8_bytes(index_t n, index_t in) {
  return std::size_t((n / 8 * 8 + int8_group(n % 8)) * int8_steps(in) * 64 + n * 4);
}

inline void pack_int8_rows(const signed char* codes, index_t n, index_t in, std::byte* to) {
  std::byte* const offsets = to + packed_int8_bytes(n, in) - n * 4;
  std::memset(to, 0, packed_int8_bytes(n, in));
  for (index_t i = 0; i < n; ++i) {
    const index_t group = i / 8 * 8, rows = n - group < 8 ? int8_group(n - group) : 8;
    std::byte* const at = to + group * int8_steps(in) * 64 + i % 8 * 64;
    const signed char* const from = codes + i * in;
    std::int32_t sum = 0;
    for (index_t c = 0; c < in; ++c) sum += from[c];
    sum *= -128;
    std::memcpy(offsets + i * 4, &sum, 4);
    for (index_t c = 0; c < in; c += 64) std::memcpy(at + c * rows, from + c, std::size_t(in - c < 64 ? in - c : 64));
  }
}

/// sums[r * 8 + m] += w[r] . x[m], or (w[r] + 128) . x[m], for n codes of one row of weights, or of two, and each row
/// of a group, while what lies `ahead` is fetched.
using AddInt8 = void (*)(const std::byte* const* w, index_t ahead, const std::byte* x, index_t n, std::int32_t* sums);

/// By the rows of a group: 1, 2 and 4 meet one row of weights at a time, 8 meet two.
struct AddInt8Rows {
  AddInt8 one, two, four, eight;
  bool shifted;  ///< whether 128 is added to weights
};

/// sums[i * stride + o - first] = CB[o] . codes[i] of a packed group of at most eight rows, for o in [first, last).
/// Exact, as long as rows have less than 2^17 numbers. One to four rows of x follow one linear walk; more go piece by
/// piece, so that theirs stay in the first-level cache, over two rows of weights at a time.
inline void multiply_int8_rows(const AddInt8Rows& add, const Int8Parts& w, const std::byte* group,
                               const std::byte* offsets, index_t n, index_t first, index_t last, index_t stride,
                               float* sums) {
  constexpr index_t block = StripTuning::block, piece = 2048;
  const index_t m = int8_group(n), r = m == 8 ? 2 : 1, once = m == 8 ? piece : w.cols;
  const index_t pairs = (StripTuning::ahead + 2 * w.cols - 1) / (2 * w.cols);
  const index_t ahead = m == 8 ? pairs * 2 * w.cols : StripTuning::ahead;
  const AddInt8 add_group = m == 8 ? add.eight : m == 4 ? add.four : m == 2 ? add.two : add.one;
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    std::int32_t found[block + 1][8] = {};  // the last for nobody: beside an odd output
    for (index_t c = 0; c < w.cols; c += once)
      for (index_t o = 0; o < outs; o += r) {
        const index_t other = o + 1 < outs ? o + 1 : o;
        const std::byte* const at[2] = {w.codes + w.rows(from + o) * w.cols + c,
                                        w.codes + w.rows(from + other) * w.cols + c};
        add_group(at, ahead, group + c * m, w.cols - c < once ? w.cols - c : once, found[o]);
      }
    for (index_t o = 0; o < outs; ++o)
      for (index_t i = 0; i < n; ++i) {
        const std::uint32_t offset = add.shifted ? std::uint32_t(load<std::int32_t>(offsets, i)) : 0;
        const std::uint32_t sum = std::uint32_t(found[o][i]) + offset;
        sums[i * stride + from + o - first] = float(std::int32_t(sum));
      }
  }
}

/// The same as Int8RowsKernel::multiply.
template <const AddInt8Rows& add>
void multiply_int8_by(const Int8Parts& w, const std::byte* group, const std::byte* offsets, index_t n, index_t first,
                      index_t last, index_t stride, float* sums) {
  multiply_int8_rows(add, w, group, offsets, n, first, last, stride, sums);
}

}  // namespace detail

}  // namespace skald
