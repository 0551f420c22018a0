// Products of few rows on NEON: nf4 and fp4, exact in float. Each of a float's four bytes is looked up by itself; x is
// permuted instead of the codes.
#pragma once
#include "skald/ops/cpu/block_scales.hpp"
#include "skald/ops/cpu/neon/registers.hpp"

#if defined(__aarch64__)

namespace skald::inline SKALD_ABI {
namespace detail::neon {

/// The floats of 16 codes, one a byte; a book is four tables, of the first bytes, the second ones and so on.
[[gnu::always_inline]] inline void look_up(const uint8x16x4_t& book, uint8x16_t codes, float32x4_t (&v)[4]) {
  const uint8x16_t a = vqtbl1q_u8(book.val[0], codes), b = vqtbl1q_u8(book.val[1], codes);
  const uint8x16_t c = vqtbl1q_u8(book.val[2], codes), d = vqtbl1q_u8(book.val[3], codes);
  const uint16x8_t ab = vreinterpretq_u16_u8(vzip1q_u8(a, b)), cd = vreinterpretq_u16_u8(vzip1q_u8(c, d));
  const uint16x8_t ab2 = vreinterpretq_u16_u8(vzip2q_u8(a, b)), cd2 = vreinterpretq_u16_u8(vzip2q_u8(c, d));
  v[0] = vreinterpretq_f32_u16(vzip1q_u16(ab, cd));
  v[1] = vreinterpretq_f32_u16(vzip2q_u16(ab, cd));
  v[2] = vreinterpretq_f32_u16(vzip1q_u16(ab2, cd2));
  v[3] = vreinterpretq_f32_u16(vzip2q_u16(ab2, cd2));
}

/// 16 bytes hold 32 codes, the even ones in their high halves: x is 16 even numbers, then 16 odd ones.
inline void pack_by_parity(const float* x, index_t in, std::byte* to) {
  for (index_t c = 0; c < in; c += 32)
    for (index_t i = 0; i < 32; ++i)
      __builtin_memcpy(to + (c + i % 2 * 16 + i / 2) * index_t(sizeof(float)), x + c + i, sizeof(float));
}

/// How a group of codes meets x.
struct CodeFloats {
  static constexpr index_t group_bytes = 256;  // of x
  struct Tables {
    explicit Tables(const std::byte* book) : bytes(vld4q_u8(reinterpret_cast<const std::uint8_t*>(book))) {}
    uint8x16x4_t bytes;
    static constexpr float unit = 1;
  };

  /// total[m] += w . x[m] for `count` groups, while `soon` is fetched.
  template <int M>
  [[gnu::noinline]] static void add_groups(const std::byte* w, const std::byte* soon, const float* scales,
                                           const Tables& tables, const std::byte* x, index_t stride, index_t count,
                                           float32x4_t* total) {
    const uint8x16x4_t book = tables.bytes;
    float32x4_t sums[M];
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) sums[m] = total[m];
    for (index_t g = 0; g < count; ++g) {
      __builtin_prefetch(soon + g * 32);
      float32x4_t acc[M][4];
#pragma GCC unroll 4
      for (int part = 0; part < 4; ++part) {  // of a group: 16 even codes, their odd neighbours, the next
        const uint8x16_t pairs = load_bytes(w + g * 32 + part / 2 * 16);
        float32x4_t values[4];
        look_up(book, part % 2 == 0 ? vshrq_n_u8(pairs, 4) : vandq_u8(pairs, vdupq_n_u8(15)), values);
        const std::byte* const xs = x + g * group_bytes + part * 64;
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j)
#pragma GCC unroll 4
          for (int m = 0; m < M; ++m) {
            const float32x4_t v = vld1q_f32(reinterpret_cast<const float*>(xs + m * stride) + 4 * j);
            acc[m][j] = part == 0 ? vmulq_f32(values[j], v) : vfmaq_f32(acc[m][j], values[j], v);
          }
      }
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m)
        sums[m] = vfmaq_n_f32(sums[m], vaddq_f32(vaddq_f32(acc[m][0], acc[m][1]), vaddq_f32(acc[m][2], acc[m][3])),
                              scales[g]);
    }
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) total[m] = sums[m];
  }
};

template <class F>
inline void multiply_four_bit(const FourBitParts& w, const StripRows& rows, index_t first, index_t last,
                              MatrixView<Host> y) {
  constexpr index_t block = StripTuning::block, later = 8;
  const typename F::Tables book(w.book);
  const std::byte* const x = rows.packed;
  const index_t stride = index_t(rows.packed_stride), all = rows.x.cols / scale_group;
  // What is summed at once changes no order, so a piece may be as deep as the first-level cache allows.
  const index_t depth = y.rows > 4 ? groups_at_once / 8 : y.rows > 2 ? groups_at_once / 4 : groups_at_once / 2;
  float scales[groups_at_once];
  float32x4_t total[block][StripTuning::rows];
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    for (index_t o = 0; o < outs; ++o)
      for (index_t i = 0; i < y.rows; ++i) total[o][i] = vdupq_n_f32(0.0f);
    for (index_t g = 0; g < all; g += depth) {
      const index_t n = all - g < depth ? all - g : depth;
      for (index_t o = 0; o < outs; ++o) {
        const index_t at = w.rows(from + o) * all + g;
        fill_scales(w, at, n, scales);
        const std::byte* const codes = w.codes + at * 32;
        const bool end = g + n == all;
        const index_t skip = o + later < outs ? later * all : end ? later * all - g : n + (later - outs) * all;
        const std::byte* const soon = codes + skip * 32;
        index_t i = 0;
        for (int m = 4; m > 0; m /= 2)
          for (; i + m <= y.rows; i += m) {
            const std::byte* const xs = x + g * F::group_bytes + i * stride;
            if (m == 4) F::template add_groups<4>(codes, soon, scales, book, xs, stride, n, total[o] + i);
            else if (m == 2) F::template add_groups<2>(codes, soon, scales, book, xs, stride, n, total[o] + i);
            else F::template add_groups<1>(codes, soon, scales, book, xs, stride, n, total[o] + i);
          }
      }
    }
    for (index_t i = 0; i < y.rows; ++i)
      for (index_t o = 0; o < outs; ++o) y.row(i)[from + o] = vaddvq_f32(total[o][i]) * book.unit;
  }
}

}  // namespace detail::neon
}  // namespace skald

#endif
