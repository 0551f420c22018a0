// Products of few rows on AVX2: int8 codes, widened to float in registers, so that x stays exact.
#pragma once
#include "skald/ops/cpu/avx2/dense.hpp"
#include "skald/precision/int8.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma,f16c")

/// Codes are shuffled to the tops of integers: of sixteen that are loaded at once, so that loads are not what limits.
struct Codes8 {
  static constexpr index_t size = 1;
  static constexpr float unit = 0x1p-24f;
  [[gnu::always_inline]] static __m256 all(const std::byte* p, int j) {
    const __m128i* const from = reinterpret_cast<const __m128i*>(p) + j / 2;
    const __m256i codes = _mm256_broadcastsi128_si256(_mm_loadu_si128(from));
    const int top = j % 2 == 0 ? 0x00ffffff : 0x08ffffff, next = 1 << 24;
    const __m256i index = _mm256_setr_epi32(top, top + next, top + 2 * next, top + 3 * next, top + 4 * next,
                                            top + 5 * next, top + 6 * next, top + 7 * next);
    return _mm256_cvtepi32_ps(_mm256_shuffle_epi8(codes, index));
  }
};

inline void multiply_int8(const Int8Parts& w, const StripRows& rows, index_t first, index_t last, MatrixView<Host> y) {
  const auto at = [&](index_t o) { return w.codes + w.rows(o) * w.cols; };
  const auto scale = [&](index_t o) { return int8::scale(w, o); };
  multiply_rows<Codes8>(at, scale, rows.x.cols, rows.x, first, last, y);
}

SKALD_TARGET_END

}  // namespace detail::avx2

}  // namespace skald

#endif
