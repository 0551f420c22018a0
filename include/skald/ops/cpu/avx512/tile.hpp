// Products of many rows on AVX-512: four rows and six outputs at a time in registers.
#pragma once
#include "skald/ops/cpu/avx512/registers.hpp"
#include "skald/tensor/matrix_view.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {
namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

/// Sixteen partial sums of one row with six outputs.
struct RowSums {
  __m512 a, b, c, d, e, f;
};

[[gnu::always_inline]] inline void add_step(RowSums& s, __m512 x, const RowSums& w) {
  s.a = _mm512_fmadd_ps(x, w.a, s.a);
  s.b = _mm512_fmadd_ps(x, w.b, s.b);
  s.c = _mm512_fmadd_ps(x, w.c, s.c);
  s.d = _mm512_fmadd_ps(x, w.d, s.d);
  s.e = _mm512_fmadd_ps(x, w.e, s.e);
  s.f = _mm512_fmadd_ps(x, w.f, s.f);
}

[[gnu::always_inline]] inline void add_sums(const RowSums& s, index_t outs, float* y) {
  const float sums[6] = {sum(s.a), sum(s.b), sum(s.c), sum(s.d), sum(s.e), sum(s.f)};
  for (index_t o = 0; o < outs; ++o) y[o] += sums[o];
}

/// y += x w^T, [n, k], [outs, k] -> [n, outs]. An output's sum has one order wherever its tile lies: sixteen sums over
/// k, then a tree. Rows and outputs that a tile lacks are the last one again, and not stored.
inline void add_product(MatrixView<Host, const float> x, MatrixView<Host, const float> w, MatrixView<Host> y) {
  const index_t k = x.cols, whole = k / 16 * 16;
  const __mmask16 rest = first_lanes(k - whole);
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
      const __m512 zero = _mm512_setzero_ps();
      RowSums s0{zero, zero, zero, zero, zero, zero}, s1 = s0, s2 = s0, s3 = s0;
      for (index_t c = 0; c < whole; c += 16) {
        const RowSums step{_mm512_loadu_ps(wa + c), _mm512_loadu_ps(wb + c), _mm512_loadu_ps(wc + c),
                           _mm512_loadu_ps(wd + c), _mm512_loadu_ps(we + c), _mm512_loadu_ps(wf + c)};
        add_step(s0, _mm512_loadu_ps(x0 + c), step);
        add_step(s1, _mm512_loadu_ps(x1 + c), step);
        add_step(s2, _mm512_loadu_ps(x2 + c), step);
        add_step(s3, _mm512_loadu_ps(x3 + c), step);
      }
      if (rest) {
        const index_t c = whole;
        const RowSums step{_mm512_maskz_loadu_ps(rest, wa + c), _mm512_maskz_loadu_ps(rest, wb + c),
                           _mm512_maskz_loadu_ps(rest, wc + c), _mm512_maskz_loadu_ps(rest, wd + c),
                           _mm512_maskz_loadu_ps(rest, we + c), _mm512_maskz_loadu_ps(rest, wf + c)};
        add_step(s0, _mm512_maskz_loadu_ps(rest, x0 + c), step);
        add_step(s1, _mm512_maskz_loadu_ps(rest, x1 + c), step);
        add_step(s2, _mm512_maskz_loadu_ps(rest, x2 + c), step);
        add_step(s3, _mm512_maskz_loadu_ps(rest, x3 + c), step);
      }
      add_sums(s0, outs, y.row(i) + o);
      if (last >= 1) add_sums(s1, outs, y.row(i + 1) + o);
      if (last >= 2) add_sums(s2, outs, y.row(i + 2) + o);
      if (last >= 3) add_sums(s3, outs, y.row(i + 3) + o);
    }
  }
}

SKALD_TARGET_END

}  // namespace detail::avx512
}  // namespace skald

#endif
