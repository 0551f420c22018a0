// What every kernel on AVX-512 does with a register: its sum, and the lanes that an array's end leaves.
#pragma once
#include "skald/core/types.hpp"
#include "skald/ops/cpu/intrinsics.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {
namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

/// Always the same tree, which _mm512_reduce_add_ps does not promise.
[[gnu::always_inline]] inline float sum(__m512 v) {
  const __m256 a = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
  const __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 c = _mm_add_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
}

/// In each quarter of the register: parts of the sums of a, b, c, d.
[[gnu::always_inline]] inline __m512 quarters(__m512 a, __m512 b, __m512 c, __m512 d) {
  const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
  const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
  return _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(ab), _mm512_castps_pd(cd))),
                       _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(ab), _mm512_castps_pd(cd))));
}
[[gnu::always_inline]] inline __m512 add_quarters(__m512 a, __m512 b) {
  return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd));
}
/// The sums of four registers of quarters(), one behind the other.
[[gnu::always_inline]] inline __m512 whole_sums(__m512 a, __m512 b, __m512 c, __m512 d) {
  return add_quarters(add_quarters(a, b), add_quarters(c, d));
}

/// Four numbers of each register, one behind the other, that quarters() of such ends as sum() would: in the same tree.
[[gnu::always_inline]] inline __m512 begin_sums(__m512 a, __m512 b, __m512 c, __m512 d) {
  const __m512 ab = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
  const __m512 cd = _mm512_add_ps(_mm512_shuffle_f32x4(c, d, 0x44), _mm512_shuffle_f32x4(c, d, 0xee));
  return add_quarters(ab, cd);
}

/// The lowest n of 16 lanes; all from 16 on, none below 1.
[[gnu::always_inline]] inline __mmask16 first_lanes(index_t n) {
  return n >= 16 ? __mmask16(0xffff) : n <= 0 ? __mmask16(0) : __mmask16((1u << n) - 1u);
}

/// Stores the first n numbers of sixteen: without a mask where it can, which takes several times as long.
[[gnu::always_inline]] inline void store_first(float* to, index_t n, __m512 x) {
  if (n >= 16) _mm512_storeu_ps(to, x);
  else _mm512_mask_storeu_ps(to, first_lanes(n), x);
}

SKALD_TARGET_END

}  // namespace detail::avx512
}  // namespace skald

#endif
