// LLM.int8() on AVX2, with AVX-VNNI or without: exact sums of products of 8-bit weights and 8-bit rows.
#pragma once
#include "skald/ops/cpu/avx2/byte_products.hpp"
#include "skald/ops/cpu/avx2/registers.hpp"
#include "skald/ops/cpu/int8_rows.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma,f16c")

/// fp16(x[0 ... 7]) of n, zeros behind the end.
[[gnu::always_inline]] inline __m256 halves(const float* x, index_t n) {
  constexpr int nearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
  return _mm256_cvtph_ps(_mm256_cvtps_ph(n >= 8 ? _mm256_loadu_ps(x) : _mm256_maskload_ps(x, first_lanes(n)), nearest));
}

[[gnu::always_inline]] inline __m256 size_of(__m256 v) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v); }

/// What Int8Rows::quantise() finds, with `limit` for its threshold: the columns of outliers, returning their number.
[[gnu::noinline]] inline index_t find_outliers(MatrixView<Host> x, float limit, std::int32_t* columns) {
  index_t count = 0;
  for (index_t c = 0; c < x.cols; c += 8) {
    int found = 0;
    for (index_t i = 0; i < x.rows; ++i)
      found |= _mm256_movemask_ps(
          _mm256_cmp_ps(size_of(halves(x.row(i) + c, x.cols - c)), _mm256_set1_ps(limit), _CMP_GE_OQ));
    for (; found; found &= found - 1) columns[count++] = std::int32_t(c + __builtin_ctz(unsigned(found)));
  }
  return count;
}

/// And the codes of one row, returning its scale.
[[gnu::noinline]] inline float quantise_int8(const float* x, index_t n, float limit, signed char* codes) {
  const __m256 most = _mm256_set1_ps(limit);
  const auto inner = [&](__m256 v) {  // outliers and what is no number become 0
    return _mm256_and_ps(v, _mm256_cmp_ps(size_of(v), most, _CMP_LT_OQ));
  };
  __m256 highest = _mm256_setzero_ps();
  for (index_t c = 0; c < n; c += 8) highest = _mm256_max_ps(highest, size_of(inner(halves(x + c, n - c))));
  float largest = 0, sizes[8];
  _mm256_storeu_ps(sizes, highest);
  for (const float size : sizes) largest = size > largest ? size : largest;
  const __m256 scale = _mm256_set1_ps(largest > 0 ? 127.0f / largest : 0.0f);
  for (index_t c = 0; c < n; c += 8) {
    const __m256i whole = _mm256_cvtps_epi32(_mm256_round_ps(_mm256_mul_ps(inner(halves(x + c, n - c)), scale),
                                                             _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    const __m128i bytes = _mm_packs_epi16(words, words);
    std::memcpy(codes + c, &bytes, std::size_t(n - c < 8 ? n - c : 8));
  }
  return largest;
}

/// 32 codes; behind the end of n they are 0.
[[gnu::always_inline]] inline __m256i codes_of(const std::byte* w, index_t n) {
  if (n >= 32) return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w));
  alignas(32) std::byte some[32] = {};
  for (index_t i = 0; i < n; ++i) some[i] = w[i];
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(some));
}

[[gnu::always_inline]] inline std::int32_t total(__m256i v) {
  const __m128i b = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  const __m128i c = _mm_add_epi32(b, _mm_unpackhi_epi64(b, b));
  return _mm_cvtsi128_si32(_mm_add_epi32(c, _mm_shuffle_epi32(c, 1)));
}

/// AddInt8 of R rows of weights and M rows of a group of G.
template <class Unit, int R, int M, int G = M>
[[gnu::noinline]] void add_int8(const std::byte* const* w, index_t ahead, const std::byte* x, index_t n,
                                std::int32_t* sums) {
  __m256i acc[R][M];
#pragma GCC unroll 2
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) acc[r][m] = _mm256_setzero_si256();
  for (index_t c = 0; c < n; c += 64, x += G * 64) {
    const index_t left = n - c;
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) _mm_prefetch(reinterpret_cast<const char*>(w[r] + c + ahead), _MM_HINT_T0);
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      __m256i codes[R];
#pragma GCC unroll 2
      for (int r = 0; r < R; ++r) {
        codes[r] = codes_of(w[r] + c + half * 32, left - half * 32);
        if constexpr (Unit::shifted) codes[r] = _mm256_xor_si256(codes[r], _mm256_set1_epi8(-128));
      }
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m) {
        const __m256i xs = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + m * 64 + half * 32));
#pragma GCC unroll 2
        for (int r = 0; r < R; ++r) acc[r][m] = Unit::add(acc[r][m], codes[r], xs);
      }
    }
  }
#pragma GCC unroll 2
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) sums[r * 8 + m] += total(acc[r][m]);
}

/// Eight rows are more than the registers hold.
template <class Unit>
void add_eight(const std::byte* const* w, index_t ahead, const std::byte* x, index_t n, std::int32_t* sums) {
  add_int8<Unit, 2, 4, 8>(w, ahead, x, n, sums);
  add_int8<Unit, 2, 4, 8>(w, 0, x + 4 * 64, n, sums + 4);
}

SKALD_TARGET_END

template <class Unit>
inline constexpr AddInt8Rows add_int8_rows = {add_int8<Unit, 1, 1>, add_int8<Unit, 1, 2>, add_int8<Unit, 1, 4>,
                                              add_eight<Unit>, Unit::shifted};

}  // namespace detail::avx2

}  // namespace skald

#endif
