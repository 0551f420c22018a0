// Products of many rows on NEON: four rows and six outputs at a time in registers.
#pragma once
#include "skald/ops/cpu/neon/registers.hpp"
#include "skald/tensor/matrix_view.hpp"

#if defined(__aarch64__)

namespace skald::inline SKALD_ABI {
namespace detail::neon {

/// Four partial sums of one row with six outputs.
struct RowSums {
  float32x4_t a, b, c, d, e, f;
};

[[gnu::always_inline]] inline void add_step(RowSums& s, float32x4_t x, const RowSums& w) {
  s.a = vfmaq_f32(s.a, x, w.a);
  s.b = vfmaq_f32(s.b, x, w.b);
  s.c = vfmaq_f32(s.c, x, w.c);
  s.d = vfmaq_f32(s.d, x, w.d);
  s.e = vfmaq_f32(s.e, x, w.e);
  s.f = vfmaq_f32(s.f, x, w.f);
}

[[gnu::always_inline]] inline void add_sums(const RowSums& s, index_t outs, float* y) {
  const float sums[6] = {vaddvq_f32(s.a), vaddvq_f32(s.b), vaddvq_f32(s.c),
                         vaddvq_f32(s.d), vaddvq_f32(s.e), vaddvq_f32(s.f)};
  for (index_t o = 0; o < outs; ++o) y[o] += sums[o];
}

/// y += x w^T, [n, k], [outs, k] -> [n, outs]. An output's sum has one order wherever its tile lies: four sums over k,
/// then a tree. Rows and outputs that a tile lacks are the last one again, and not stored.
inline void add_product(MatrixView<Host, const float> x, MatrixView<Host, const float> w, MatrixView<Host> y) {
  const index_t k = x.cols, whole = k / 4 * 4, rest = k - whole;
  for (index_t o = 0; o < y.cols; o += 6) {
    const index_t outs = y.cols - o < 6 ? y.cols - o : 6, end = outs - 1;
    const float* const wa = w.row(o);
    const float* const wb = w.row(o + (end < 1 ? end : 1));
    const float* const wc = w.row(o + (end < 2 ? end : 2));
    const float* const wd = w.row(o + (end < 3 ? end : 3));
    const float* const we = w.row(o + (end < 4 ? end : 4));
    const float* const wf = w.row(o + end);
    for (index_t i = 0; i < y.rows; i += 4) {
      const index_t rows = y.rows - i < 4 ? y.rows - i : 4, last = rows - 1;
      const float* const x0 = x.row(i);
      const float* const x1 = x.row(i + (last < 1 ? last : 1));
      const float* const x2 = x.row(i + (last < 2 ? last : 2));
      const float* const x3 = x.row(i + last);
      const float32x4_t zero = vdupq_n_f32(0.0f);
      RowSums s0{zero, zero, zero, zero, zero, zero}, s1 = s0, s2 = s0, s3 = s0;
      for (index_t c = 0; c < whole; c += 4) {
        const RowSums step{vld1q_f32(wa + c), vld1q_f32(wb + c), vld1q_f32(wc + c),
                           vld1q_f32(wd + c), vld1q_f32(we + c), vld1q_f32(wf + c)};
        add_step(s0, vld1q_f32(x0 + c), step);
        add_step(s1, vld1q_f32(x1 + c), step);
        add_step(s2, vld1q_f32(x2 + c), step);
        add_step(s3, vld1q_f32(x3 + c), step);
      }
      if (rest > 0) {
        const auto first = [&](const float* p) { return load_first(p + whole, rest); };
        const RowSums step{first(wa), first(wb), first(wc), first(wd), first(we), first(wf)};
        add_step(s0, first(x0), step);
        add_step(s1, first(x1), step);
        add_step(s2, first(x2), step);
        add_step(s3, first(x3), step);
      }
      add_sums(s0, outs, y.row(i) + o);
      if (last >= 1) add_sums(s1, outs, y.row(i + 1) + o);
      if (last >= 2) add_sums(s2, outs, y.row(i + 2) + o);
      if (last >= 3) add_sums(s3, outs, y.row(i + 3) + o);
    }
  }
}

}  // namespace detail::neon
}  // namespace skald

#endif
