// The scales of groups of 64 codes, as kernels on AVX-512 ask for them; double quantisation with the byte tables of
// VBMI, 64 blocks at once.
#pragma once
#include "skald/ops/cpu/block_scales.hpp"
#include "skald/ops/cpu/intrinsics.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {

namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx2,fma,f16c")

/// The 256 floats of a nested book as four tables, one a byte, each of which two vpermi2b and a blend look up.
[[gnu::noinline]] inline void split_book(const std::byte* book, std::uint8_t (*tables)[256]) {
  for (int part = 0; part < 16; ++part) {
    const __m512i floats = _mm512_loadu_si512(book + part * 64);
#pragma GCC unroll 4
    for (unsigned byte = 0; byte < 4; ++byte)
      _mm_store_si128(reinterpret_cast<__m128i*>(tables[byte] + part * 16),
                      _mm512_cvtepi32_epi8(_mm512_srli_epi32(floats, 8 * byte)));
  }
}

/// fill_scales() of nested blocks of one group; `scales` has room for whole lines.
[[gnu::noinline]] inline void fill_nested(const FourBitParts& w, const std::uint8_t (*tables)[256], index_t first,
                                          index_t count, float* scales) {
  const index_t span = w.nested_block;
  const __m512 offset = _mm512_set1_ps(w.nested_offset);
  const __m512i turned = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  index_t nested = first / span, left = (nested + 1) * span - first;
  for (index_t i = 0; i < count; i += 64) {
    _mm_prefetch(reinterpret_cast<const char*>(w.absmax + first + i + StripTuning::ahead / 32), _MM_HINT_T0);
    const __mmask64 some = count - i >= 64 ? ~__mmask64(0) : (__mmask64(1) << (count - i)) - 1;
    // Four by four dwords turned round, so that unpacking bytes to floats leaves them in order.
    const __m512i codes = _mm512_permutexvar_epi32(turned, _mm512_maskz_loadu_epi8(some, w.absmax + first + i));
    const __mmask64 upper = _mm512_movepi8_mask(codes);
    __m512i bytes[4];
#pragma GCC unroll 4
    for (int byte = 0; byte < 4; ++byte) {
      const std::uint8_t* const t = tables[byte];
      const __m512i low = _mm512_permutex2var_epi8(_mm512_load_si512(t), codes, _mm512_load_si512(t + 64));
      const __m512i high = _mm512_permutex2var_epi8(_mm512_load_si512(t + 128), codes, _mm512_load_si512(t + 192));
      bytes[byte] = _mm512_mask_mov_epi8(low, upper, high);
    }
    const __m512i a = _mm512_unpacklo_epi8(bytes[0], bytes[1]), b = _mm512_unpackhi_epi8(bytes[0], bytes[1]);
    const __m512i c = _mm512_unpacklo_epi8(bytes[2], bytes[3]), d = _mm512_unpackhi_epi8(bytes[2], bytes[3]);
    const __m512i floats[4] = {_mm512_unpacklo_epi16(a, c), _mm512_unpackhi_epi16(a, c), _mm512_unpacklo_epi16(b, d),
                               _mm512_unpackhi_epi16(b, d)};
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      const index_t at = i + 16 * k, n = count - at < 16 ? count - at : 16;
      if (n <= 0) break;
      __m512 absmax = _mm512_set1_ps(load<float>(w.nested_absmax, nested));
      while (left < n) {  // the next nested absmax begins within these 16
        const __mmask16 rest = __mmask16(0xffffu << left);
        absmax = _mm512_mask_mov_ps(absmax, rest, _mm512_set1_ps(load<float>(w.nested_absmax, ++nested)));
        left += span;
      }
      left -= n;
      if (left == 0) {
        ++nested;
        left = span;
      }
      // The variant that names its rounding is never fused with the sum.
      const __m512 scaled =
          _mm512_mul_round_ps(_mm512_castsi512_ps(floats[k]), absmax, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
      _mm512_store_ps(scales + at, _mm512_add_ps(scaled, offset));
    }
  }
}

SKALD_TARGET_END

/// Scales of groups, one by one or 64 at once. `tables`: of split_book().
using FillScales = void (*)(const FourBitParts& w, const std::uint8_t (*tables)[256], index_t first, index_t count,
                            float* scales);
inline void fill_each(const FourBitParts& w, const std::uint8_t (*)[256], index_t first, index_t count,
                      float* scales) {
  fill_scales(w, first, count, scales);
}

/// The scales of consecutive groups: where they lie, or looked up, some more than are asked for.
class GroupScales {
 public:
  /// `fill` null: float32, one a group. `ahead`: groups between what is asked for and what is fetched. `window`: how
  /// many are looked up at once, for each of room / window rows.
  GroupScales(const FourBitParts& w, index_t ahead, index_t window, FillScales fill)
      : w_(w), ahead_(ahead), window_(window), fill_(fill) {
    if (fill == fill_nested) split_book(w.nested_book, tables_);
  }

  /// Of `count` groups, at most a window: kept until others of the same `row` are asked for. None are looked up from
  /// `end` on.
  const std::byte* operator()(index_t first, index_t count, index_t end, index_t row) {
    if (!fill_) {
      const std::byte* const from = w_.absmax + first * 4;
      for (index_t i = 0; i < count; i += 16)
        __builtin_prefetch(from + (i + ahead_) * 4);
      return from;
    }
    Kept& kept = kept_[row];
    float* const values = values_ + row * window_;
    if (first < kept.first || first + count > kept.end) {
      const index_t more = end - first < window_ ? end - first : window_, n = more > count ? more : count;
      fill_(w_, tables_, first, n, values);
      kept = {first, first + n};
    }
    return reinterpret_cast<const std::byte*>(values + (first - kept.first));
  }

 private:
  const FourBitParts& w_;
  const index_t ahead_, window_;
  const FillScales fill_;
  struct Kept {
    index_t first = 0, end = 0;
  };
  Kept kept_[StripTuning::block];
  alignas(64) float values_[StripTuning::block * 64];
  alignas(64) std::uint8_t tables_[4][256];
};

}  // namespace detail::avx512

}  // namespace skald

#endif
