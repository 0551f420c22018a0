// LLM.int8() on AVX-512 VNNI: exact sums of products of 8-bit weights and 8-bit rows.
#pragma once
#include "skald/ops/cpu/avx512/registers.hpp"
#include "skald/ops/cpu/int8_rows.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx512 {

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

/// AddInt8 of R rows of weights and M of x. The sum of a single row is kept in two, of every other 64 codes, so that it
/// does not wait for itself.
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

SKALD_TARGET_END

inline constexpr AddInt8Rows add_int8_rows = {add_int8<1, 1>, add_int8<1, 2>, add_int8<1, 4>, add_int8<2, 8>, true};

}  // namespace detail::avx512

}  // namespace skald

#endif
