// How 32 bytes meet 32 on AVX2: exact sums of four products.
#pragma once
#include "skald/core/types.hpp"
#include "skald/ops/cpu/intrinsics.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {
namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma")

/// sum[l] += w[4 l ... 4 l + 3] . x[...], by AVX-VNNI: one side has no sign, so w is weights + 128. Spelled as it is
/// because compilers give the instruction a target of its own.
struct ByVnni {
  static constexpr bool shifted = true;
  [[gnu::always_inline]] static __m256i add(__m256i sum, __m256i w, __m256i x) {
    __asm__("%{vex%} vpdpbusd {%2, %1, %0|%0, %1, %2}" : "+x"(sum) : "x"(w), "x"(x));
    return sum;
  }
};

/// Without: sizes times x with the weights' signs; 2 * 128 * 127 is not beyond 16 bits. x is never -128.
struct BySigns {
  static constexpr bool shifted = false;
  [[gnu::always_inline]] static __m256i add(__m256i sum, __m256i w, __m256i x) {
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
};

SKALD_TARGET_END

}  // namespace detail::avx2
}  // namespace skald

#endif
