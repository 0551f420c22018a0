// Products of many rows on AVX2: four rows and three outputs at a time in registers.
#pragma once
#include "skald/ops/cpu/avx2/registers.hpp"
#include "skald/tensor/matrix_view.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {
namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma")

/// Eight partial sums of one row with three outputs.
struct RowSums {
  __m256 a, b, c;
};

[[gnu::always_inline]] inline void add_step(RowSums& s, __m256 x, const RowSums& w) {
  s.a = _mm256_fmadd_ps(x, w.a, s.a);
  s.b = _mm256_fmadd_ps(x, w.b, s.b);
  s.c = _mm256_fmadd_ps(x, w.c, s.c);
}

[[gnu::always_inline]] inline void add_sums(const RowSums& s, index_t outs, float* y) {
  y[0] += sum(s.a);
  if (outs > 1) y[1] += sum(s.b);
  if (outs > 2) y[2] += sum(s.c);
}

/// y += x w^T, [n, k], [outs, k] -> [n, outs]. An output's sum has one order wherever its tile lies: eight sums over k,
/// then a tree. Rows and outputs that a tile lacks are the last one again, and not stored.
inline void add_product(MatrixView<Host, const float> x, MatrixView<Host, const float> w, MatrixView<Host> y) {
  const index_t k = x.cols, whole = k / 8 * 8;
  const __m256i rest = first_lanes(k - whole);
  for (index_t o = 0; o < y.cols; o += 3) {
    const index_t outs = y.cols - o < 3 ? y.cols - o : 3, end = outs - 1;
    const float* const wa = w.row(o);
    const float* const wb = w.row(o + (end < 1 ? end : 1));
    const float* const wc = w.row(o + end);
    for (index_t i = 0; i < y.rows; i += 4) {
      const index_t rows = y.rows - i < 4 ? y.rows - i : 4, last = rows - 1;
      const float* const x0 = x.row(i);
      const float* const x1 = x.row(i + (last < 1 ? last : 1));
      const float* const x2 = x.row(i + (last < 2 ? last : 2));
      const float* const x3 = x.row(i + last);
      const __m256 zero = _mm256_setzero_ps();
      RowSums s0{zero, zero, zero}, s1 = s0, s2 = s0, s3 = s0;
      for (index_t c = 0; c < whole; c += 8) {
        const RowSums step{_mm256_loadu_ps(wa + c), _mm256_loadu_ps(wb + c), _mm256_loadu_ps(wc + c)};
        add_step(s0, _mm256_loadu_ps(x0 + c), step);
        add_step(s1, _mm256_loadu_ps(x1 + c), step);
        add_step(s2, _mm256_loadu_ps(x2 + c), step);
        add_step(s3, _mm256_loadu_ps(x3 + c), step);
      }
      if (whole < k) {
        const index_t c = whole;
        const RowSums step{_mm256_maskload_ps(wa + c, rest), _mm256_maskload_ps(wb + c, rest),
                           _mm256_maskload_ps(wc + c, rest)};
        add_step(s0, _mm256_maskload_ps(x0 + c, rest), step);
        add_step(s1, _mm256_maskload_ps(x1 + c, rest), step);
        add_step(s2, _mm256_maskload_ps(x2 + c, rest), step);
        add_step(s3, _mm256_maskload_ps(x3 + c, rest), step);
      }
      add_sums(s0, outs, y.row(i) + o);
      if (last >= 1) add_sums(s1, outs, y.row(i + 1) + o);
      if (last >= 2) add_sums(s2, outs, y.row(i + 2) + o);
      if (last >= 3) add_sums(s3, outs, y.row(i + 3) + o);
    }
  }
}

SKALD_TARGET_END

}  // namespace detail::avx2
}  // namespace skald

#endif
