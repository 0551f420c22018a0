// Products of few rows on AVX-512 with VBMI and VNNI: nf4 and fp4 that compute in int8. A byte's lookup reads six bits
// of a code, so the book stands there four times.
#pragma once
#include "skald/ops/cpu/avx512/four_bit.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx512 {

/// A book as bytes, each number + 128: one side of the product has no sign, and what pack_bytes() sums is taken off
/// again.
struct ByteTable {
  explicit ByteTable(const std::byte* floats) {
    const ByteBook bytes(floats);
    for (int i = 0; i < 16; ++i) book[i] = std::byte(bytes.codes[i] + 128);
    unit = bytes.scale;
  }
  alignas(16) std::byte book[16];
  float unit;
};

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")

/// Two registers of bytes. Instructions are spelled as they are for the reason that UpperHalfPairs has.
struct CodeBytes {
  static constexpr index_t group_bytes = 128;
  using Table = ByteTable;
  [[gnu::always_inline]] static __m512i book(const std::byte* p) {
    return _mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(p)));
  }
  [[gnu::always_inline]] static __m512i numbers(__m512i codes, __m512i book) {
    __m512i bytes;
    __asm__("vpermb {%2, %1, %0|%0, %1, %2}" : "=v"(bytes) : "v"(codes), "v"(book));
    return bytes;
  }
  [[gnu::always_inline]] static __m512i add(__m512i sum, __m512i w, __m512i x) {
    __asm__("vpdpbusd {%2, %1, %0|%0, %1, %2}" : "+v"(sum) : "v"(w), "v"(x));
    return sum;
  }
};

/// As add_codes() of floats; sums of eight products are exact.
template <int R, int M>
[[gnu::always_inline]] inline void add_codes(CodeBytes, const __m512i* codes, const __m512* scale, __m512i book,
                                             const std::byte** x, __m512 (&total)[R][M]) {
  __m512i even[R], odd[R];
#pragma GCC unroll 2
  for (int r = 0; r < R; ++r) {
    even[r] = CodeBytes::numbers(_mm512_srli_epi16(codes[r], 4), book);
    odd[r] = CodeBytes::numbers(codes[r], book);
  }
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m) {
    const __m512i even_x = _mm512_loadu_si512(x[m]), odd_x = _mm512_loadu_si512(x[m] + 64);
    const __m512i offset = _mm512_loadu_si512(x[m] + 128);
    const __m512 x_scale = _mm512_loadu_ps(x[m] + 192);
    x[m] += 2 * CodeBytes::group_bytes;
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) {
      const __m512i sum = CodeBytes::add(CodeBytes::add(offset, even[r], even_x), odd[r], odd_x);
      total[r][m] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), _mm512_mul_ps(scale[r], x_scale), total[r][m]);
    }
  }
}

SKALD_TARGET_END

}  // namespace detail::avx512

}  // namespace skald

#endif
