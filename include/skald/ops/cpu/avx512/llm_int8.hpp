// LLM.int8() on AVX-512 VNNI: exact sums of products of 8-bit weights and 8-bit rows.
#pragma once
#include <cstring>

#include "skald/ops/cpu/avx512/registers.hpp"
#include "skald/ops/cpu/strip_kernel.hpp"
#include "skald/precision/int8.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx512 {

// Rows go in groups of eight, the last one filled up to one, two, four or eight. A group is 64 codes of each of its
// rows, the next 64 of each, and so on, so that it is read in one walk. What is multiplied is weight + 128, which has
// no sign, as the instruction wants it: 128 times the sum of a row's codes is then taken off again.

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

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")

/// fp16(x[0 ... 15]), zeros behind the end.
[[gnu::always_inline]] inline __m512 halves(const float* x, __mmask16 some) {
  constexpr int nearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
  return _mm512_cvtph_ps(_mm512_cvtps_ph(_mm512_maskz_loadu_ps(some, x), nearest));
}

/// What Int8Rows::quantise() finds, with `limit` for its threshold: the columns of outliers, returning their number.
[[gnu::noinline]] inline index_t find_outliers(MatrixView<Host> x, float limit, std::int32_t* columns) {
  index_t count = 0;
  for (index_t c = 0; c < x.cols; c += 16) {
    __mmask16 found = 0;
    for (index_t i = 0; i < x.rows; ++i)
      found |= _mm512_cmp_ps_mask(_mm512_abs_ps(halves(x.row(i) + c, first_lanes(x.cols - c))), _mm512_set1_ps(limit),
                                  _CMP_GE_OQ);
    for (; found; found &= __mmask16(found - 1)) columns[count++] = std::int32_t(c + __builtin_ctz(found));
  }
  return count;
}

/// And the codes of one row, returning its scale.
[[gnu::noinline]] inline float quantise_int8(const float* x, index_t n, float limit, signed char* codes) {
  __m512 highest = _mm512_setzero_ps();
  const __m512 most = _mm512_set1_ps(limit);
  for (index_t c = 0; c < n; c += 16) {
    const __m512 size = _mm512_abs_ps(halves(x + c, first_lanes(n - c)));
    highest = _mm512_mask_max_ps(highest, _mm512_cmp_ps_mask(size, most, _CMP_LT_OQ), highest, size);
  }
  const float largest = _mm512_reduce_max_ps(highest);
  const __m512 scale = _mm512_set1_ps(largest > 0 ? 127.0f / largest : 0.0f);
  for (index_t c = 0; c < n; c += 16) {
    const __mmask16 some = first_lanes(n - c);
    const __m512 values = halves(x + c, some);
    const __mmask16 inner = _mm512_cmp_ps_mask(_mm512_abs_ps(values), most, _CMP_LT_OQ);
    const __m512i whole = _mm512_maskz_cvt_roundps_epi32(inner, _mm512_mul_ps(values, scale),
                                                         _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm512_mask_cvtepi32_storeu_epi8(codes + c, some, whole);
  }
  return largest;
}

/// sums[r * 8 + m] += (w[r] + 128) . x[m] for n codes of R rows of weights, while what lies `ahead` is fetched. The sum
/// of a single row is kept in two, of every other 64 codes, so that it does not wait for itself.
template <int R, int M>
[[gnu::noinline]] void add_int8(const std::byte* const* w, index_t ahead, const std::byte* x, index_t n,
                                std::int32_t* sums) {
  constexpr bool pair = R == 2;
  constexpr index_t step = pair ? 64 : 128;
  const __m512i flip = _mm512_set1_epi8(-128);
  const std::byte *const p = w[0], *const q = pair ? w[1] : p + 64;
  __m512i a[M], b[M];
#pragma GCC unroll 8
  for (int m = 0; m < M; ++m) a[m] = b[m] = _mm512_setzero_si512();
  index_t c = 0;
  for (; c + step <= n; c += step, x += M * step) {
    _mm_prefetch(reinterpret_cast<const char*>(p + c + ahead), _MM_HINT_T0);
    _mm_prefetch(reinterpret_cast<const char*>(q + c + ahead), _MM_HINT_T0);
    const __m512i first = _mm512_xor_si512(_mm512_loadu_si512(p + c), flip);
    const __m512i second = _mm512_xor_si512(_mm512_loadu_si512(q + c), flip);
#pragma GCC unroll 8
    for (int m = 0; m < M; ++m) {
      __m512i xs = _mm512_loadu_si512(x + m * 64);
      if constexpr (pair) __asm__("" : "+v"(xs));  // loaded once: GCC 12 would load it again for the other row
      a[m] = _mm512_dpbusd_epi32(a[m], first, xs);
      b[m] = _mm512_dpbusd_epi32(b[m], second, pair ? xs : _mm512_loadu_si512(x + (M + m) * 64));
    }
  }
  for (; c < n; c += 64, x += M * 64) {  // codes of x behind the end are 0
    const __mmask64 some = n - c >= 64 ? ~__mmask64(0) : (__mmask64(1) << (n - c)) - 1;
    const __m512i first = _mm512_xor_si512(_mm512_maskz_loadu_epi8(some, p + c), flip);
    const __m512i second = _mm512_xor_si512(_mm512_maskz_loadu_epi8(pair ? some : 0, q + c), flip);
#pragma GCC unroll 8
    for (int m = 0; m < M; ++m) {
      const __m512i xs = _mm512_loadu_si512(x + m * 64);
      a[m] = _mm512_dpbusd_epi32(a[m], first, xs);
      if constexpr (pair) b[m] = _mm512_dpbusd_epi32(b[m], second, xs);
    }
  }
#pragma GCC unroll 8
  for (int m = 0; m < M; ++m) {
    sums[m] += _mm512_reduce_add_epi32(pair ? a[m] : _mm512_add_epi32(a[m], b[m]));
    if constexpr (pair) sums[8 + m] += _mm512_reduce_add_epi32(b[m]);
  }
}

/// sums[i * stride + o - first] = CB[o] . codes[i] of a packed group of at most eight rows, for o in [first, last).
/// Exact, as long as rows have less than 2^17 numbers. One to four rows of x follow one linear walk; more go piece by
/// piece, so that theirs stay in the first-level cache, over two rows of weights at a time.
inline void multiply_int8_rows(const Int8Parts& w, const std::byte* group, const std::byte* offsets, index_t n,
                               index_t first, index_t last, index_t stride, float* sums) {
  constexpr index_t block = StripTuning::block, piece = 2048;
  const index_t m = int8_group(n), r = m == 8 ? 2 : 1, once = m == 8 ? piece : w.cols;
  const index_t pairs = (StripTuning::ahead + 2 * w.cols - 1) / (2 * w.cols);
  const index_t ahead = m == 8 ? pairs * 2 * w.cols : StripTuning::ahead;
  for (index_t from = first; from < last; from += block) {
    const index_t outs = last - from < block ? last - from : block;
    std::int32_t found[block + 1][8] = {};  // the last for nobody: beside an odd output
    for (index_t c = 0; c < w.cols; c += once)
      for (index_t o = 0; o < outs; o += r) {
        const index_t other = o + 1 < outs ? o + 1 : o;
        const std::byte* const at[2] = {w.codes + w.rows(from + o) * w.cols + c,
                                        w.codes + w.rows(from + other) * w.cols + c};
        const index_t left = w.cols - c < once ? w.cols - c : once;
        const std::byte* const x = group + c * m;
        if (m == 8) add_int8<2, 8>(at, ahead, x, left, found[o]);
        else if (m == 4) add_int8<1, 4>(at, ahead, x, left, found[o]);
        else if (m == 2) add_int8<1, 2>(at, ahead, x, left, found[o]);
        else add_int8<1, 1>(at, ahead, x, left, found[o]);
      }
    for (index_t o = 0; o < outs; ++o)
      for (index_t i = 0; i < n; ++i) {
        const std::uint32_t sum = std::uint32_t(found[o][i]) + std::uint32_t(load<std::int32_t>(offsets, i));
        sums[i * stride + from + o - first] = float(std::int32_t(sum));
      }
  }
}

SKALD_TARGET_END

}  // namespace detail::avx512

}  // namespace skald

#endif
