// Products of few rows on AVX2: int8 codes, widened to float in registers, so that x stays exact.
#pragma once
#include "skald/ops/cpu/avx2/dense.hpp"
#include "skald/precision/int8.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma,f16c")

/// Codes are shuffled to the tops of integers.
struct Codes8 {
  static constexpr index_t size = 1;
  static constexpr float unit = 0x1p-24f;
  [[gnu::always_inline]] static __m256 all(const std::byte* p) {
    return spread(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)), 0);
  }
  /// Eight from the given one on.
  [[gnu::always_inline]] static __m256 spread(__m128i codes, int first) {
    const int top = first << 24 | 0xffffff, next = 1 << 24;
    const __m256i index = _mm256_setr_epi32(top, top + next, top + 2 * next, top + 3 * next, top + 4 * next,
                                            top + 5 * next, top + 6 * next, top + 7 * next);
    return _mm256_cvtepi32_ps(_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(codes), index));
  }
};

/// Of sixteen that are loaded at once for an even j, so that loads are not what limits.
[[gnu::always_inline]] inline __m256 numbers(Codes8, const std::byte* p, int j) {
  return Codes8::spread(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p) + j / 2), j % 2 * 8);
}

inline void multiply_int8(const Int8Parts& w, const StripRows& rows, index_t first, index_t last, MatrixView<Host> y) {
  const auto at = [&](index_t o) { return w.codes + w.rows(o) * w.cols; };
  const auto scale = [&](index_t o) { return int8::scale(w, o); };
  multiply_rows<Codes8>(at, scale, rows.x.cols, rows.x, first, last, y);
}

SKALD_TARGET_END

}  // namespace detail::avx2

}  // namespace skald

#endif
