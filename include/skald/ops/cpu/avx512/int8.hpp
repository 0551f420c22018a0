// Products of few rows on AVX-512: int8 codes, widened to float in registers, so that x stays exact.
#pragma once
#include "skald/ops/cpu/avx512/dense.hpp"
#include "skald/precision/int8.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")

struct Codes8 : WholeFloats {
  static constexpr index_t size = 1;
  [[gnu::always_inline]] static __m512 widen(__m128i v) { return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(v)); }
  [[gnu::always_inline]] static __m512 all(const std::byte* p) {
    return widen(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  [[gnu::always_inline]] static __m512 some(const std::byte* p, index_t n) {
    return widen(_mm_maskz_loadu_epi8(first_lanes(n), p));
  }
};

inline void multiply_int8(const Int8Parts& w, const StripRows& rows, index_t first, index_t last, MatrixView<Host> y) {
  const auto at = [&](index_t o) { return w.codes + w.rows(o) * w.cols; };
  const auto scale = [&](index_t o) { return int8::scale(w, o); };
  multiply<Codes8>(at, scale, rows.x.cols, rows, first, last, y);
}

SKALD_TARGET_END

}  // namespace detail::avx512

}  // namespace skald

#endif
