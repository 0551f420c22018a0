// Products of few rows on NEON: numbers of one scale a row, widened to float in registers.
#pragma once
#include "skald/ops/cpu/neon/registers.hpp"
#include "skald/ops/cpu/strip_kernel.hpp"
#include "skald/precision/dense.hpp"

#if defined(__aarch64__)

namespace skald::inline SKALD_ABI {
namespace detail::neon {

// How 16 stored numbers become floats.
struct Floats32 {
  static constexpr index_t size = 4;
  [[gnu::always_inline]] static void all(const std::byte* p, float32x4_t (&v)[4]) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) v[j] = vreinterpretq_f32_u8(load_bytes(p + 16 * j));
  }
};
struct Halves {
  static constexpr index_t size = 2;
  [[gnu::always_inline]] static void all(const std::byte* p, float32x4_t (&v)[4]) {
    const float16x8_t a = vreinterpretq_f16_u8(load_bytes(p)), b = vreinterpretq_f16_u8(load_bytes(p + 16));
    v[0] = vcvt_f32_f16(vget_low_f16(a));
    v[1] = vcvt_high_f32_f16(a);
    v[2] = vcvt_f32_f16(vget_low_f16(b));
    v[3] = vcvt_high_f32_f16(b);
  }
};
struct UpperHalves {
  static constexpr index_t size = 2;
  [[gnu::always_inline]] static void all(const std::byte* p, float32x4_t (&v)[4]) {
    const uint16x8_t a = vreinterpretq_u16_u8(load_bytes(p)), b = vreinterpretq_u16_u8(load_bytes(p + 16));
    const uint16x8_t zero = vdupq_n_u16(0);  // zips go through more units than shifts that widen
    v[0] = vreinterpretq_f32_u16(vzip1q_u16(zero, a));
    v[1] = vreinterpretq_f32_u16(vzip2q_u16(zero, a));
    v[2] = vreinterpretq_f32_u16(vzip1q_u16(zero, b));
    v[3] = vreinterpretq_f32_u16(vzip2q_u16(zero, b));
  }
};

/// acc[m][j] += w . x[m] for Width registers of numbers.
template <class F, int M, int Width>
[[gnu::always_inline]] inline void add_step(const std::byte* w, const float* x, index_t stride,
                                            float32x4_t (&acc)[M][Width]) {
#pragma GCC unroll 2
  for (int from = 0; from < Width; from += 4) {
    float32x4_t values[4];
    F::all(w + 4 * from * F::size, values);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j)
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m)
        acc[m][from + j] = vfmaq_f32(acc[m][from + j], values[j], vld1q_f32(x + m * stride + 4 * (from + j)));
  }
}

/// total[m] += w . x[m] for `n` numbers, while `soon` is fetched. A sum is kept in eight, of every eighth four numbers,
/// so that it does not wait for itself; where registers do not suffice, four at a time.
template <class F, int M>
[[gnu::noinline]] void add_dots(const std::byte* w, const std::byte* soon, const float* x, index_t stride, index_t n,
                                float32x4_t* total) {
  constexpr int sweeps = M > 2 ? 2 : 1, width = 8 / sweeps;
  const index_t whole = n / 32 * 32, rest = n - whole;
  std::byte w_rest[32 * F::size];
  float x_rest[M][32];
  if (rest > 0) {  // nothing is read beyond the tensor
    for (std::byte& b : w_rest) b = std::byte(0);
    __builtin_memcpy(w_rest, w + whole * F::size, std::size_t(rest * F::size));
    for (int m = 0; m < M; ++m) {
      for (float& f : x_rest[m]) f = 0;
      __builtin_memcpy(x_rest[m], x + m * stride + whole, std::size_t(rest) * sizeof(float));
    }
  }
  float32x4_t sums[M];
#pragma GCC unroll 2
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    float32x4_t acc[M][width];
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m)
#pragma GCC unroll 8
      for (int j = 0; j < width; ++j) acc[m][j] = vdupq_n_f32(0.0f);
    const index_t from = sweep * 4 * width;
    for (index_t c = 0; c < whole; c += 32) {
#pragma GCC unroll 2
      for (index_t at = 64 * sweep; at < 32 * F::size; at += 64 * sweeps)  // a part in every sweep
        __builtin_prefetch(soon + c * F::size + at);
      add_step<F>(w + (c + from) * F::size, x + c + from, stride, acc);
    }
    if (rest > 0) add_step<F>(w_rest + from * F::size, x_rest[0] + from, 32, acc);
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) {  // always the same tree
      float32x4_t v = vaddq_f32(vaddq_f32(acc[m][0], acc[m][1]), vaddq_f32(acc[m][2], acc[m][3]));
      if constexpr (width > 4)
        v = vaddq_f32(v, vaddq_f32(vaddq_f32(acc[m][4], acc[m][5]), vaddq_f32(acc[m][6], acc[m][7])));
      sums[m] = sweep == 0 ? v : vaddq_f32(sums[m], v);
    }
  }
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m) total[m] = vaddq_f32(total[m], sums[m]);
}

/// StripKernel::multiply of one row: one linear walk. `at(o)` is where row o lies, `scale(o)` what its sum is times.
template <class F, class At, class Scale>
inline void multiply_row(At at, Scale scale, index_t in, const float* x, index_t first, index_t last, float* y) {
  for (index_t o = first; o < last; ++o) {
    const std::byte* const w = at(o);
    float32x4_t total = vdupq_n_f32(0.0f);
    for (index_t c = 0; c < in; c += StripTuning::depth) {
      const index_t n = in - c < StripTuning::depth ? in - c : StripTuning::depth;
      add_dots<F, 1>(w + c * F::size, w + c * F::size + StripTuning::ahead, x + c, 0, n, &total);
    }
    y[o] = vaddvq_f32(total) * scale(o);
  }
}

/// StripKernel::multiply of several rows, up to four at once: blocks of outputs are taken piece by piece, so that the
/// pieces of x stay in the first-level cache.
template <class F, class At, class Scale>
inline void multiply_rows(At at, Scale scale, index_t in, MatrixView<Host> x, index_t first, index_t last,
                          MatrixView<Host> y) {
  constexpr index_t block = StripTuning::block, depth = StripTuning::depth;
  constexpr index_t later = (StripTuning::ahead + depth * F::size - 1) / (depth * F::size);  // pieces
  float32x4_t total[block][StripTuning::rows];
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    for (index_t o = 0; o < outs; ++o)
      for (index_t i = 0; i < x.rows; ++i) total[o][i] = vdupq_n_f32(0.0f);
    for (index_t c = 0; c < in; c += depth) {
      const index_t n = in - c < depth ? in - c : depth;
      for (index_t o = 0; o < outs; ++o) {
        const std::byte* const w = at(from + o) + c * F::size;
        // The same piece of a row to come, the next one of a row before, or the first of a row of the next block.
        const bool end = c + n == in;
        const index_t skip = o + later < outs ? later * in : end ? later * in - c : n + (later - outs) * in;
        const std::byte* const soon = w + skip * F::size;
        index_t i = 0;
        for (int m = 4; m > 0; m /= 2)
          for (; i + m <= x.rows; i += m) {
            const float* const xs = x.row(i) + c;
            if (m == 4) add_dots<F, 4>(w, soon, xs, x.stride, n, total[o] + i);
            else if (m == 2) add_dots<F, 2>(w, soon, xs, x.stride, n, total[o] + i);
            else add_dots<F, 1>(w, soon, xs, x.stride, n, total[o] + i);
          }
      }
    }
    for (index_t i = 0; i < x.rows; ++i)
      for (index_t o = 0; o < outs; ++o) y.row(i)[from + o] = vaddvq_f32(total[o][i]) * scale(from + o);
  }
}

template <class F>
inline void multiply_dense(const DenseParts& w, const StripRows& rows, index_t first, index_t last,
                           MatrixView<Host> y) {
  const auto at = [&](index_t o) { return w.data + w.rows(o) * w.row_stride * F::size; };
  const auto one = [](index_t) { return 1.0f; };
  if (rows.x.rows == 1) multiply_row<F>(at, one, rows.x.cols, rows.x.data, first, last, y.data);
  else multiply_rows<F>(at, one, rows.x.cols, rows.x, first, last, y);
}

}  // namespace detail::neon
}  // namespace skald

#endif
