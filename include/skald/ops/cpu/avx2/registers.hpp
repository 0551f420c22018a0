// What every kernel on AVX2 does with a register: its sum, and the lanes that an array's end leaves.
#pragma once
#include "skald/core/types.hpp"
#include "skald/ops/cpu/intrinsics.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {
namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma")

[[gnu::always_inline]] inline float sum(__m256 v) {
  const __m128 b = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 c = _mm_add_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
}

/// The lowest n of 8 lanes; all from 8 on, none below 1.
[[gnu::always_inline]] inline __m256i first_lanes(index_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(int(n < 8 ? n : 8)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

SKALD_TARGET_END

}  // namespace detail::avx2
}  // namespace skald

#endif
