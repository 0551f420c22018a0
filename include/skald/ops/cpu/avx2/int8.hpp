// Products of few rows on AVX2: int8 codes, widened to float in registers, so that x stays exact.
#pragma once
#include "skald/ops/cpu/avx2/dense.hpp"
#include "skald/precision/int8.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma,f16c")

struct Codes8 {
  static constexpr index_t size = 1;
  [[gnu::always_inline]] static __m256 all(const std::byte* p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
  }
};

inline void multiply_int8(const Int8Parts& w, const StripRows& rows, index_t first, index_t last, MatrixView<Host> y) {
  const auto at = [&](index_t o) { return w.codes + w.rows(o) * w.cols; };
  const auto scale = [&](index_t o) { return int8::scale(w, o); };
  if (rows.x.rows == 1) multiply_row<Codes8>(at, scale, rows.x.cols, rows.x.data, first, last, y.data);
  else multiply_rows<Codes8>(at, scale, rows.x.cols, rows.x, first, last, y);
}

SKALD_TARGET_END

}  // namespace detail::avx2

}  // namespace skald

#endif
