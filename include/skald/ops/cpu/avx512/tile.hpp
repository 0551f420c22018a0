// Products of many rows on AVX-512: four rows and six outputs at a time in registers.
#pragma once
#include "skald/ops/cpu/avx512/dense.hpp"
#include "skald/tensor/matrix_view.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {
namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")

/// Sixteen partial sums of one row with six outputs.
struct RowSums {
  __m512 a, b, c, d, e, f;
};

template <class F>
[[gnu::always_inline]] inline void add_step(RowSums& s, __m512 x, const RowSums& w) {
  s.a = F::add(s.a, w.a, x);
  s.b = F::add(s.b, w.b, x);
  s.c = F::add(s.c, w.c, x);
  s.d = F::add(s.d, w.d, x);
  s.e = F::add(s.e, w.e, x);
  s.f = F::add(s.f, w.f, x);
}

[[gnu::always_inline]] inline void add_four(__m128 sums, __mmask8 lanes, float* y) {
  _mm_mask_storeu_ps(y, lanes, _mm_add_ps(_mm_maskz_loadu_ps(lanes, y), sums));
}

/// y[i, o] += the sums of row i, for as many rows and outputs as y has here. The sums of a tile share their shuffles:
/// one by one they would take as long as the products of a short k.
[[gnu::always_inline]] inline void add_tile(const RowSums& s0, const RowSums& s1, const RowSums& s2, const RowSums& s3,
                                            MatrixView<Host> y, index_t i, index_t o) {
  const index_t rows = y.rows - i, outs = y.cols - o;
  const __m512 zero = _mm512_setzero_ps();
  const __m512 four = quarters(begin_sums(s0.a, s1.a, s2.a, s3.a), begin_sums(s0.b, s1.b, s2.b, s3.b),
                               begin_sums(s0.c, s1.c, s2.c, s3.c), begin_sums(s0.d, s1.d, s2.d, s3.d));
  const __m512 two =
      quarters(begin_sums(s0.e, s1.e, s2.e, s3.e), begin_sums(s0.f, s1.f, s2.f, s3.f), zero, zero);
  const auto lanes = [](index_t n) { return n >= 4 ? __mmask8(15) : n <= 0 ? __mmask8(0) : __mmask8((1 << n) - 1); };
  const __mmask8 first = lanes(outs), second = lanes(outs < 6 ? outs - 4 : 2);
  const auto add_row = [&](__m128 a, __m128 b, index_t r) {
    if (r >= rows) return;
    float* const to = y.row(i + r) + o;
    add_four(a, first, to);
    if (second) add_four(b, second, to + 4);
  };
  add_row(_mm512_extractf32x4_ps(four, 0), _mm512_extractf32x4_ps(two, 0), 0);
  add_row(_mm512_extractf32x4_ps(four, 1), _mm512_extractf32x4_ps(two, 1), 1);
  add_row(_mm512_extractf32x4_ps(four, 2), _mm512_extractf32x4_ps(two, 2), 2);
  add_row(_mm512_extractf32x4_ps(four, 3), _mm512_extractf32x4_ps(two, 3), 3);
}

/// y += x w^T of F's numbers in both, [n, k], [outs, k] -> [n, outs]; strides are bytes. An output's sum has one order
/// wherever its tile lies: sixteen sums over k, then a tree. Rows and outputs that a tile lacks are the last one again,
/// and not stored.
template <class F>
void add_product_of(const std::byte* x, index_t x_stride, const std::byte* w, index_t w_stride, index_t k,
                    MatrixView<Host> y) {
  static_assert(F::size == F::x_size);
  const index_t whole = k / F::lanes * F::lanes, rest = k - whole;
  for (index_t o = 0; o < y.cols; o += 6) {
    const index_t outs = y.cols - o < 6 ? y.cols - o : 6, end = outs - 1;
    const std::byte* const wa = w + o * w_stride;
    const std::byte* const wb = wa + (end < 1 ? end : 1) * w_stride;
    const std::byte* const wc = wa + (end < 2 ? end : 2) * w_stride;
    const std::byte* const wd = wa + (end < 3 ? end : 3) * w_stride;
    const std::byte* const we = wa + (end < 4 ? end : 4) * w_stride;
    const std::byte* const wf = wa + end * w_stride;
    for (index_t i = 0; i < y.rows; i += 4) {
      const index_t rows = y.rows - i < 4 ? y.rows - i : 4, last = rows - 1;
      const std::byte* const x0 = x + i * x_stride;
      const std::byte* const x1 = x0 + (last < 1 ? last : 1) * x_stride;
      const std::byte* const x2 = x0 + (last < 2 ? last : 2) * x_stride;
      const std::byte* const x3 = x0 + last * x_stride;
      const __m512 zero = _mm512_setzero_ps();
      RowSums s0{zero, zero, zero, zero, zero, zero}, s1 = s0, s2 = s0, s3 = s0;
      for (index_t c = 0; c < whole * F::size; c += F::lanes * F::size) {
        const RowSums step{F::all(wa + c), F::all(wb + c), F::all(wc + c), F::all(wd + c), F::all(we + c),
                           F::all(wf + c)};
        add_step<F>(s0, F::x(x0 + c), step);
        add_step<F>(s1, F::x(x1 + c), step);
        add_step<F>(s2, F::x(x2 + c), step);
        add_step<F>(s3, F::x(x3 + c), step);
      }
      if (rest) {
        const index_t c = whole * F::size;
        const RowSums step{F::some(wa + c, rest), F::some(wb + c, rest), F::some(wc + c, rest),
                           F::some(wd + c, rest), F::some(we + c, rest), F::some(wf + c, rest)};
        add_step<F>(s0, F::some_x(x0 + c, rest), step);
        add_step<F>(s1, F::some_x(x1 + c, rest), step);
        add_step<F>(s2, F::some_x(x2 + c, rest), step);
        add_step<F>(s3, F::some_x(x3 + c, rest), step);
      }
      add_tile(s0, s1, s2, s3, y, i, o);
    }
  }
}

inline void add_product(MatrixView<Host, const float> x, MatrixView<Host, const float> w, MatrixView<Host> y) {
  add_product_of<Floats32>(reinterpret_cast<const std::byte*>(x.data), x.stride * 4,
                           reinterpret_cast<const std::byte*>(w.data), w.stride * 4, x.cols, y);
}

/// Bytes of a row of bf16, one line more where rows would meet in few sets of the first-level cache.
inline index_t pair_stride(index_t in) {
  const index_t bytes = (in * 2 + 63) / 64 * 64;
  return bytes % 1024 == 0 ? bytes + 64 : bytes;
}

/// PairTile::multiply
inline void multiply_pairs(const DenseParts& w, const std::byte* x, index_t in, index_t first, index_t last,
                           MatrixView<Host> y) {
  constexpr index_t piece = 512;  // numbers summed at once: a strip of them stays in the second-level cache
  for (index_t i = 0; i < y.rows; ++i)
    for (index_t o = first; o < last; ++o) y.row(i)[o] = 0;
  for (index_t c = 0; c < in; c += piece)
    for (index_t o = first; o < last;) {
      const index_t group = w.rows.group, run = group ? group - o % group : last - o;  // rows behind each other
      const index_t outs = run < last - o ? run : last - o, n = in - c < piece ? in - c : piece;
      add_product_of<UpperHalfPairs>(x + c * 2, pair_stride(in), w.data + (w.rows(o) * w.row_stride + c) * 2,
                                     w.row_stride * 2, n, {y.row(0) + o, y.rows, outs, y.stride});
      o += outs;
    }
}

SKALD_TARGET_END

/// PairTile::packed_bytes, pack
inline std::size_t row_pair_bytes(index_t n, index_t in) { return std::size_t(n * pair_stride(in)); }
inline void pack_row_pairs(MatrixView<Host> x, std::byte* to) {
  for (index_t i = 0; i < x.rows; ++i) pack_pairs(x.row(i), x.cols, to + i * pair_stride(x.cols));
}

}  // namespace detail::avx512
}  // namespace skald

#endif
