// Four-bit weights as the strip kernels take them: rows are whole groups of 64 codes, and a group has one scale.
#pragma once
#include "skald/ops/cpu/strip_kernel.hpp"
#include "skald/ops/reference/round_inputs.hpp"
#include "skald/precision/four_bit.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

inline constexpr index_t scale_group = 64;   ///< codes of one scale; a block is one or several
inline constexpr index_t groups_at_once = 128; ///< whose scales are looked up at once

/// Whether rows of `in` codes are whole groups, and every group lies in one block.
inline bool in_groups(const FourBitParts& w, index_t in) {
  return w.blocks_per_row < 0 && w.block % scale_group == 0 && in % scale_group == 0 && w.cols == in;
}

/// Of x whose floats only change places.
inline std::size_t permuted_bytes(index_t in) { return std::size_t(in) * sizeof(float); }

/// A product takes the codes of 64 bytes as 16 lanes of eight: lane l holds elements 8 l ... 8 l + 7, of which shift s
/// brings s ^ 1 to the bottom. So x is stored by shifts.                                    // [in] -> [in, to 128]
inline std::size_t shifted_bytes(index_t in) { return std::size_t((in + 127) / 128 * 128) * sizeof(float); }

inline void pack_by_shifts(const float* x, index_t in, std::byte* to) {
  for (index_t c = 0; c < in; c += 128)
    for (index_t s = 0; s < 8; ++s)
      for (index_t lane = 0; lane < 16; ++lane) {
        const index_t from = c + 8 * lane + (s ^ 1);
        const float value = from < in ? x[from] : 0.0f;
        std::memcpy(to + (c + s * 16 + lane) * index_t(sizeof(float)), &value, sizeof value);
      }
}

/// Or as 32 words of four codes, for pairs of bf16: word j holds elements 4 j ... 4 j + 3, shift s brings s ^ 1.
inline std::size_t shifted_word_bytes(index_t in) { return std::size_t((in + 127) / 128 * 128) * sizeof(bf16_t); }

inline void pack_by_word_shifts(const float* x, index_t in, std::byte* to) {
  for (index_t c = 0; c < in; c += 128, to += 256) {
    float from[128] = {};
    bf16_t rounded[128], turned[128];
    std::memcpy(from, x + c, std::size_t(in - c < 128 ? in - c : 128) * sizeof(float));
    for (index_t i = 0; i < 128; ++i) rounded[i] = to_bf16(from[i]);
    for (index_t s = 0; s < 4; ++s)
      for (index_t word = 0; word < 32; ++word) turned[s * 32 + word] = rounded[4 * word + (s ^ 1)];
    std::memcpy(to, turned, sizeof turned);
  }
}

/// x in int8, for registers of `width` bytes of codes: for every 2 * width inputs the codes of those with even numbers,
/// of those with odd ones, -128 times the sum of each lane's eight, and each lane's scale.
template <int width>
std::size_t bytes_packed(index_t in) {
  return std::size_t((in + 2 * width - 1) / (2 * width)) * (4 * width);
}
template <int width>
void pack_bytes(const float* x, index_t in, std::byte* to) {
  constexpr index_t lane_count = width / 4, piece = 2 * width < input_group ? input_group : 2 * width;
  for (index_t c = 0; c < in; c += piece) {
    std::int8_t codes[piece] = {};
    float scales[piece / input_group] = {};
    for (index_t g = 0; g < piece && c + g < in; g += input_group)
      scales[g / input_group] = quantise_inputs(x + c + g, input_group, codes + g);
    for (index_t first = 0; first < piece && c + first < in; first += 2 * width, to += 4 * width) {
      std::int8_t halves[2 * width];
      std::int32_t sums[lane_count] = {};
      float scale[lane_count];
      for (index_t i = 0; i < width; ++i) halves[i] = codes[first + 2 * i];
      for (index_t i = 0; i < width; ++i) halves[width + i] = codes[first + 2 * i + 1];
      for (index_t lane = 0; lane < lane_count; ++lane) {
        for (index_t i = 0; i < 8; ++i) sums[lane] -= 128 * codes[first + 8 * lane + i];
        scale[lane] = scales[(first + 8 * lane) / input_group];
      }
      std::memcpy(to, halves, sizeof halves);
      std::memcpy(to + 2 * width, sums, sizeof sums);
      std::memcpy(to + 3 * width, scale, sizeof scale);
    }
  }
}

/// scales[i] of group first + i, as block_absmax() has them: rounded twice where nested, so not inlined where a product
/// and a sum could become one.
[[gnu::noinline]] inline void fill_scales(const FourBitParts& w, index_t first, index_t count, float* scales) {
  const index_t wide = w.block / scale_group, span = wide * w.nested_block;  // groups of a block, of a nested absmax
  if (!w.nested_absmax)
    for (index_t i = 0; i < count; ++i) scales[i] = load<float>(w.absmax, (first + i) / wide);
  else
    for (index_t i = 0; i < count;) {
      const index_t nested = (first + i) / span, left = (nested + 1) * span - (first + i);
      const index_t end = left < count - i ? i + left : count;
      const float absmax = load<float>(w.nested_absmax, nested);
      for (; i < end; ++i) {
        const index_t q = std::to_integer<index_t>(w.absmax[wide == 1 ? first + i : (first + i) / wide]);
        scales[i] = load<float>(w.nested_book, q) * absmax + w.nested_offset;
      }
    }
}

}  // namespace detail

}  // namespace skald
