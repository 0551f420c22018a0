// Products of few rows on AVX-512: numbers of one scale a row, widened to float in registers, or multiplied in pairs.
#pragma once
#include "skald/ops/cpu/avx512/registers.hpp"
#include "skald/ops/cpu/strip_kernel.hpp"
#include "skald/precision/dense.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")

// What a register of stored numbers becomes, and of x, and how they meet; `some` reads the first n lanes alone. Floats
// go two outputs by `most` rows of x at a time, pairs of bf16 one by `most`.

/// Sixteen floats.
struct WholeFloats {
  static constexpr index_t lanes = 16, x_size = 4;
  static constexpr int outputs = 2, most = 4;
  [[gnu::always_inline]] static __m512 x(const std::byte* p) { return _mm512_loadu_ps(p); }
  [[gnu::always_inline]] static __m512 some_x(const std::byte* p, index_t n) {
    return _mm512_maskz_loadu_ps(first_lanes(n), p);
  }
  [[gnu::always_inline]] static __m512 add(__m512 sum, __m512 w, __m512 x) { return _mm512_fmadd_ps(w, x, sum); }
};
struct Floats32 : WholeFloats {
  static constexpr index_t size = 4;
  [[gnu::always_inline]] static __m512 all(const std::byte* p) { return _mm512_loadu_ps(p); }
  [[gnu::always_inline]] static __m512 some(const std::byte* p, index_t n) { return some_x(p, n); }
};
struct Halves : WholeFloats {
  static constexpr index_t size = 2;
  [[gnu::always_inline]] static __m512 all(const std::byte* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  [[gnu::always_inline]] static __m512 some(const std::byte* p, index_t n) {
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(first_lanes(n), p));
  }
};
struct UpperHalves : WholeFloats {
  static constexpr index_t size = 2;
  [[gnu::always_inline]] static __m512 widen(__m256i v) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(v), 16));
  }
  [[gnu::always_inline]] static __m512 all(const std::byte* p) {
    return widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  [[gnu::always_inline]] static __m512 some(const std::byte* p, index_t n) {
    return widen(_mm256_maskz_loadu_epi16(first_lanes(n), p));
  }
};
/// Pairs of bf16, which meet pairs of bf16: processors with AVX512_BF16 alone. Spelled as it is because functions of
/// another instruction set could share nothing with these.
struct UpperHalfPairs {
  static constexpr index_t lanes = 32, size = 2, x_size = 2;
  static constexpr int outputs = 1, most = 8;
  [[gnu::always_inline]] static __m512 all(const std::byte* p) { return _mm512_loadu_ps(p); }
  [[gnu::always_inline]] static __m512 some(const std::byte* p, index_t n) {
    const __mmask32 mask = n >= 32 ? ~__mmask32(0) : n <= 0 ? __mmask32(0) : (__mmask32(1) << n) - 1;
    return _mm512_castsi512_ps(_mm512_maskz_loadu_epi16(mask, p));
  }
  [[gnu::always_inline]] static __m512 x(const std::byte* p) { return all(p); }
  [[gnu::always_inline]] static __m512 some_x(const std::byte* p, index_t n) { return some(p, n); }
  [[gnu::always_inline]] static __m512 add(__m512 sum, __m512 w, __m512 x) {
    __asm__("vdpbf16ps {%2, %1, %0|%0, %1, %2}" : "+v"(sum) : "v"(w), "v"(x));
    return sum;
  }
};

/// Loaded once: GCC 12 would load it again for the other row of weights.
[[gnu::always_inline]] inline __m512 once(__m512 v) {
  __asm__("" : "+v"(v));
  return v;
}

/// total[r][m] += w[r] . x[m] for `n` numbers of R rows of weights, while as many bytes from `soon` on are fetched, or
/// the share of one of several calls; of x there are `rows`, and the last one goes for those behind. A sum is kept in
/// four, of every fourth register, so that it does not wait for itself; where registers do not suffice, two at a time
/// in two sweeps. What is fetched is spread over all of them, so that memory never waits for arithmetic.
template <class F, int R, int M, int calls = 1>
[[gnu::noinline]] void add_dots(const std::byte* const* w, const std::byte* soon, const std::byte* x, index_t stride,
                                index_t rows, index_t n, __m512* const* total) {
  constexpr int width = R * M > 4 ? 2 : 4, sweeps = 4 / width;
  constexpr index_t step = 4 * F::lanes, share = R * step * F::size / (sweeps * calls);
  constexpr index_t lines = share < 64 ? 1 : share / 64;
  // What several rows meet comes a block later: it would only take x's place in the first-level cache.
  constexpr auto level = M > 1 ? _MM_HINT_T1 : _MM_HINT_T0;
  __m512 sums[R][M];
  const std::byte* at[M];
#pragma GCC unroll 8
  for (int m = 0; m < M; ++m) at[m] = x + (m < rows ? m : rows - 1) * stride;
  for (int from = 0; from < 4; from += width) {
    __m512 acc[R][M][width];
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
      for (int m = 0; m < M; ++m)
#pragma GCC unroll 4
        for (int j = 0; j < width; ++j) acc[r][m][j] = _mm512_setzero_ps();
    index_t c = 0;
    for (; c + step <= n; c += step, soon += share) {
#pragma GCC unroll 8
      for (index_t line = 0; line < lines; ++line)
        _mm_prefetch(reinterpret_cast<const char*>(soon + line * 64), level);
#pragma GCC unroll 4
      for (int j = 0; j < width; ++j) {
        const index_t first = c + F::lanes * (from + j);
        __m512 numbers[R];
#pragma GCC unroll 2
        for (int r = 0; r < R; ++r) numbers[r] = F::all(w[r] + first * F::size);
#pragma GCC unroll 8
        for (int m = 0; m < M; ++m) {
          const __m512 loaded = F::x(at[m] + first * F::x_size), xs = R > 1 ? once(loaded) : loaded;
#pragma GCC unroll 2
          for (int r = 0; r < R; ++r) acc[r][m][j] = F::add(acc[r][m][j], numbers[r], xs);
        }
      }
    }
    if (c < n)
#pragma GCC unroll 4
      for (int j = 0; j < width; ++j) {
        const index_t first = c + F::lanes * (from + j), left = n - first;
#pragma GCC unroll 8
        for (int m = 0; m < M; ++m) {
          const __m512 xs = F::some_x(at[m] + first * F::x_size, left);
#pragma GCC unroll 2
          for (int r = 0; r < R; ++r)
            acc[r][m][j] = F::add(acc[r][m][j], F::some(w[r] + first * F::size, left), xs);
        }
      }
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
      for (int m = 0; m < M; ++m) {  // (0 + 1) + (2 + 3), whatever the width
        __m512 part = _mm512_add_ps(acc[r][m][0], acc[r][m][1]);
        if constexpr (width == 4) part = _mm512_add_ps(part, _mm512_add_ps(acc[r][m][2], acc[r][m][3]));
        sums[r][m] = from == 0 ? part : _mm512_add_ps(sums[r][m], part);
      }
  }
#pragma GCC unroll 2
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int m = 0; m < M; ++m) total[r][m] = _mm512_add_ps(total[r][m], sums[r][m]);
}

/// StripKernel::multiply of one row: one linear walk. `at(o)` is where row o lies, `scale(o)` what its sum is times.
template <class F, class At, class Scale>
[[gnu::always_inline]] inline void multiply_row(At at, Scale scale, index_t in, const std::byte* x, index_t first,
                                                index_t last, float* y) {
  for (index_t o = first; o < last; ++o) {
    const std::byte* const w = at(o);
    __m512 total = _mm512_setzero_ps();
    for (index_t c = 0; c < in; c += StripTuning::depth) {
      const std::byte* const from = w + c * F::size;
      __m512* const to = &total;
      const index_t n = in - c < StripTuning::depth ? in - c : StripTuning::depth;
      add_dots<F, 1, 1>(&from, from + StripTuning::ahead, x + c * F::x_size, 0, 1, n, &to);
    }
    y[o] = sum(total) * scale(o);
  }
}

/// StripKernel::multiply of several rows: blocks of outputs are taken piece by piece, so that the pieces of x stay in
/// the first-level cache; floats two by two, so that they share what is loaded of x. The next block is fetched
/// meanwhile, in one linear walk.
template <class F, class At, class Scale>
[[gnu::always_inline]] inline void multiply_rows(At at, Scale scale, index_t in, const std::byte* x, index_t stride,
                                                 index_t first, index_t last, MatrixView<Host> y) {
  constexpr int R = F::outputs, M = F::most;
  const index_t block = block_rows(in * F::size);
  __m512 total[StripTuning::block + 1][StripTuning::rows];  // the last for nobody: beside an odd output
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    const std::byte* soon = at(from + outs);
    for (auto& of_output : total)
      for (__m512& each : of_output) each = _mm512_setzero_ps();
    for (index_t c = 0; c < in; c += StripTuning::depth) {
      const index_t n = in - c < StripTuning::depth ? in - c : StripTuning::depth;
      for (index_t o = 0; o < outs; o += R, soon += R * n * F::size) {
        const bool both = R == 2 && o + 1 < outs;
        const std::byte* const w[2] = {at(from + o) + c * F::size, at(from + o + both) + c * F::size};
        __m512* const to[2] = {total[o], total[both ? o + 1 : StripTuning::block]};
        const std::byte* const xs = x + c * F::x_size;
        if (y.rows > M) {
          __m512* const rest[2] = {to[0] + M, to[1] + M};
          add_dots<F, R, M, 2>(w, soon, xs, stride, M, n, to);
          add_dots<F, R, M, 2>(w, soon + R * n * F::size / 2, xs + M * stride, stride, y.rows - M, n, rest);
        } else if (y.rows > M / 2) {
          add_dots<F, R, M>(w, soon, xs, stride, y.rows, n, to);
        } else if (M == 4 || y.rows <= 2) {
          add_dots<F, R, 2>(w, soon, xs, stride, y.rows, n, to);
        } else {
          add_dots<F, R, 4>(w, soon, xs, stride, y.rows, n, to);
        }
      }
    }
    for (index_t i = 0; i < y.rows; ++i)
      for (index_t o = 0; o < outs; ++o) y.row(i)[from + o] = sum(total[o][i]) * scale(from + o);
  }
}

template <class F, class At, class Scale>
[[gnu::always_inline]] inline void multiply(At at, Scale scale, index_t in, const StripRows& rows, index_t first,
                                            index_t last, MatrixView<Host> y) {
  constexpr bool as_it_is = F::x_size == sizeof(float);
  const std::byte* const x = as_it_is ? reinterpret_cast<const std::byte*>(rows.x.data) : rows.packed;
  const index_t stride = as_it_is ? rows.x.stride * F::x_size : index_t(rows.packed_stride);
  if (rows.x.rows == 1) multiply_row<F>(at, scale, in, x, first, last, y.data);
  else multiply_rows<F>(at, scale, in, x, stride, first, last, y);
}

template <class F>
inline void multiply_dense(const DenseParts& w, const StripRows& rows, index_t first, index_t last,
                           MatrixView<Host> y) {
  const auto at = [&](index_t o) { return w.data + w.rows(o) * w.row_stride * F::size; };
  multiply<F>(at, [](index_t) { return 1.0f; }, rows.x.cols, rows, first, last, y);
}

/// x as UpperHalfPairs meets it: to_bf16 of sixteen numbers at a time.
inline std::size_t paired_bytes(index_t in) { return std::size_t(in) * sizeof(bf16_t); }
inline void pack_pairs(const float* x, index_t in, std::byte* to) {
  const __m512i odd = _mm512_set1_epi32(1), half = _mm512_set1_epi32(0x7fff), quiet = _mm512_set1_epi32(0x40);
  for (index_t c = 0; c < in; c += 16) {
    const __mmask16 lanes = first_lanes(in - c);
    const __m512 values = _mm512_maskz_loadu_ps(lanes, x + c);
    const __m512i bits = _mm512_castps_si512(values), upper = _mm512_srli_epi32(bits, 16);
    const __m512i even = _mm512_add_epi32(half, _mm512_and_si512(upper, odd));
    const __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(bits, even), 16);
    const __mmask16 nan = _mm512_cmp_ps_mask(values, values, _CMP_UNORD_Q);
    const __m512i all = _mm512_mask_or_epi32(rounded, nan, upper, quiet);
    _mm512_mask_cvtepi32_storeu_epi16(to + c * 2, lanes, all);
  }
}

SKALD_TARGET_END

}  // namespace detail::avx512

}  // namespace skald

#endif
