// Four-bit weights as the strip kernels take them: rows are whole groups of 64 codes, and a group has one scale.
#pragma once
#include "skald/ops/cpu/strip_kernel.hpp"
#include "skald/precision/four_bit.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

inline constexpr index_t scale_group = 64;   ///< codes of one scale: no block of the formats is shorter, but bitsandbytes' 32
inline constexpr index_t groups_at_once = 128; ///< whose scales are looked up at once

/// Whether rows of `in` codes are whole groups, and every group lies in one block.
inline bool in_groups(const FourBitParts& w, index_t in) {
  return w.blocks_per_row < 0 && w.block % scale_group == 0 && in % scale_group == 0 && w.cols == in;
}

/// A product takes the codes of 64 bytes as 16 lanes of eight: lane l holds elements 8 l ... 8 l + 7, of which shift s
/// brings s ^ 1 to the bottom. So x is stored by shifts.                                         // [in] -> [in, to 128]
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

/// raw[i] = what the table says of group first + i: its absmax, or nested_book[code of its absmax]. Plain loads and
/// stores, meant to run one piece ahead, in the shadow of the vectors.
inline void look_up(const FourBitParts& w, index_t first, index_t count, float* raw) {
  const index_t wide = w.block / scale_group;
  if (!w.nested_absmax) {
    for (index_t i = 0; i < count; ++i) std::memcpy(raw + i, w.absmax + (first + i) / wide * 4, sizeof(float));
  } else if (wide == 1) {
    for (index_t i = 0; i < count; ++i)
      std::memcpy(raw + i, w.nested_book + std::to_integer<index_t>(w.absmax[first + i]) * 4, sizeof(float));
  } else {
    for (index_t i = 0; i < count; ++i)
      std::memcpy(raw + i, w.nested_book + std::to_integer<index_t>(w.absmax[(first + i) / wide]) * 4, sizeof(float));
  }
}

/// scales[i] = raw[i] * nested_absmax[block / nested_block] + offset, rounded twice as block_absmax() is: not inlined
/// where the two could become one.
[[gnu::noinline]] inline void apply_nested(const FourBitParts& w, index_t first, index_t count, const float* raw, float* scales) {
  const index_t span = w.block / scale_group * w.nested_block;  // groups of one nested absmax
  for (index_t i = 0; i < count;) {
    const index_t nested = (first + i) / span, left = (nested + 1) * span - (first + i);
    const index_t end = left < count - i ? i + left : count;
    const float absmax = load<float>(w.nested_absmax, nested);
    for (; i < end; ++i) scales[i] = raw[i] * absmax + w.nested_offset;
  }
}

/// Scales of pieces of rows, in the order in which a kernel walks them.
class BlockScales {
 public:
  /// `first`, `count`: groups of the first piece.
  BlockScales(const FourBitParts& w, index_t first, index_t count) : w_(w) {
    if (!direct()) look_up(w_, first, count, raw_[0]);
  }
  /// The scales of a piece, floats of any alignment, and the piece after it.
  const std::byte* next(index_t first, index_t count, index_t then, index_t then_count) {
    if (direct()) return w_.absmax + first * index_t(sizeof(float));
    float* const raw = raw_[turn_];
    turn_ ^= 1;
    look_up(w_, then, then_count, raw_[turn_]);
    if (!w_.nested_absmax) return reinterpret_cast<const std::byte*>(raw);
    apply_nested(w_, first, count, raw, scales_);
    return reinterpret_cast<const std::byte*>(scales_);
  }

 private:
  bool direct() const { return !w_.nested_absmax && w_.block == scale_group; }

  const FourBitParts& w_;
  int turn_ = 0;
  alignas(64) float raw_[2][groups_at_once];
  alignas(64) float scales_[groups_at_once];
};

}  // namespace detail

}  // namespace skald
