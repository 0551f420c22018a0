// LLM.int8() on NEON with the dot product instructions of ARMv8.2: exact sums of products of 8-bit weights and 8-bit
// rows.
#pragma once
#include <cstring>

#include "skald/ops/cpu/neon/registers.hpp"
#include "skald/ops/cpu/strip_kernel.hpp"
#include "skald/precision/int8.hpp"

#if defined(__aarch64__)

namespace skald::inline SKALD_ABI {
namespace detail::neon {

/// Four floats of n as LLM.int8() sees them, rounded to half precision; zeros behind the end.
[[gnu::always_inline]] inline float32x4_t halves(const float* x, index_t n) {
  return vcvt_f32_f16(vcvt_f16_f32(n >= 4 ? vld1q_f32(x) : load_first(x, n)));
}

/// What Int8Rows::quantise() finds, with `limit` for its threshold: the columns of outliers, returning their number.
inline index_t find_outliers(MatrixView<Host> x, float limit, std::int32_t* columns) {
  index_t count = 0;
  for (index_t c = 0; c < x.cols; c += 4) {
    uint32x4_t found = vdupq_n_u32(0);
    for (index_t i = 0; i < x.rows; ++i)
      found = vorrq_u32(found, vcageq_f32(halves(x.row(i) + c, x.cols - c), vdupq_n_f32(limit)));
    if (vmaxvq_u32(found) == 0) continue;
    std::uint32_t lanes[4];
    vst1q_u32(lanes, found);
    for (index_t k = 0; k < 4; ++k)
      if (lanes[k]) columns[count++] = std::int32_t(c + k);
  }
  return count;
}

/// And the codes of one row, returning its scale.
inline float quantise_int8(const float* x, index_t n, float limit, signed char* codes) {
  const float32x4_t most = vdupq_n_f32(limit);
  const auto inner = [&](float32x4_t v) {  // outliers and what is no number become 0
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(v), vcaltq_f32(v, most)));
  };
  float32x4_t highest = vdupq_n_f32(0.0f);
  for (index_t c = 0; c < n; c += 4) highest = vmaxq_f32(highest, vabsq_f32(inner(halves(x + c, n - c))));
  const float largest = vmaxvq_f32(highest), scale = largest > 0 ? 127.0f / largest : 0.0f;
  for (index_t c = 0; c < n; c += 4) {
    const int16x4_t whole = vmovn_s32(vcvtnq_s32_f32(vmulq_n_f32(inner(halves(x + c, n - c)), scale)));
    const int8x8_t narrow = vmovn_s16(vcombine_s16(whole, whole));
    std::memcpy(codes + c, &narrow, std::size_t(n - c < 4 ? n - c : 4));
  }
  return largest;
}

/// Rows one after the other, each filled up to a multiple of 32 codes.
constexpr index_t int8_stride(index_t in) { return (in + 31) / 32 * 32; }

/// Of n rows, and the int32 a row that other levels need.
constexpr std::size_t packed_int8_bytes(index_t n, index_t in) { return std::size_t(n * (int8_stride(in) + 4)); }

inline void pack_int8_rows(const signed char* codes, index_t n, index_t in, std::byte* to) {
  std::memset(to, 0, packed_int8_bytes(n, in));
  for (index_t i = 0; i < n; ++i) std::memcpy(to + i * int8_stride(in), codes + i * in, std::size_t(in));
}

#if !defined(__ARM_FEATURE_DOTPROD)
SKALD_TARGET_BEGIN("arch=armv8.2-a+dotprod")
#endif

/// sum[k] += a[4 k ... 4 k + 3] . b[4 k ... 4 k + 3]
[[gnu::always_inline]] inline int32x4_t add_products(int32x4_t sum, uint8x16_t a, uint8x16_t b) {
  return vdotq_s32(sum, vreinterpretq_s8_u8(a), vreinterpretq_s8_u8(b));
}

/// sums[r][m] += w[r] . x[m] for n codes, a multiple of 32, of two rows of weights, while what lies `ahead` is fetched.
template <int M>
[[gnu::noinline]] void add_int8(const std::byte* const* w, index_t ahead, const std::byte* x, index_t stride, index_t n,
                                std::int32_t (*sums)[8]) {
  int32x4_t acc[2][M][2];
#pragma GCC unroll 2
  for (int r = 0; r < 2; ++r)
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) acc[r][m][0] = acc[r][m][1] = vdupq_n_s32(0);
  for (index_t c = 0; c < n; c += 32) {
#pragma GCC unroll 2
    for (int r = 0; r < 2; ++r) __builtin_prefetch(w[r] + c + ahead);
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      const uint8x16_t a = load_bytes(w[0] + c + 16 * half), b = load_bytes(w[1] + c + 16 * half);
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m) {
        const uint8x16_t v = load_bytes(x + m * stride + c + 16 * half);
        acc[0][m][half] = add_products(acc[0][m][half], a, v);
        acc[1][m][half] = add_products(acc[1][m][half], b, v);
      }
    }
  }
#pragma GCC unroll 2
  for (int r = 0; r < 2; ++r)
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) sums[r][m] += vaddvq_s32(vaddq_s32(acc[r][m][0], acc[r][m][1]));
}

#if !defined(__ARM_FEATURE_DOTPROD)
SKALD_TARGET_END
#endif

/// Int8RowsKernel::multiply, exact as long as rows have less than 2^17 numbers: two rows of weights at a time.
inline void multiply_int8_rows(const Int8Parts& w, const std::byte* group, const std::byte*, index_t n, index_t first,
                               index_t last, index_t stride, float* sums) {
  const index_t whole = w.cols / 32 * 32, rest = w.cols - whole, apart = int8_stride(w.cols);
  for (index_t o = first; o < last; o += 2) {
    const index_t both = o + 1 < last;
    const std::byte* const at[2] = {w.codes + w.rows(o) * w.cols, w.codes + w.rows(o + both) * w.cols};
    std::byte filled[2][32] = {};  // nothing is read beyond the tensor
    for (int r = 0; r < 2; ++r) std::memcpy(filled[r], at[r] + whole, std::size_t(rest));
    const std::byte* const end[2] = {filled[0], filled[1]};
    std::int32_t found[2][8] = {};
    for (index_t i = 0; i < n;) {
      const index_t m = n - i >= 4 ? 4 : n - i >= 2 ? 2 : 1;
      const auto add = m == 4 ? add_int8<4> : m == 2 ? add_int8<2> : add_int8<1>;
      const std::byte* const x = group + i * apart;
      std::int32_t part[2][8] = {};
      add(at, StripTuning::ahead, x, apart, whole, part);
      if (rest > 0) add(end, 0, x + whole, apart, 32, part);
      for (index_t k = 0; k < m; ++k, ++i)
        for (int r = 0; r < 2; ++r) found[r][i] = part[r][k];
    }
    for (index_t i = 0; i < n; ++i)
      for (index_t r = 0; r <= both; ++r) sums[i * stride + o + r - first] = float(found[r][i]);
  }
}

}  // namespace detail::neon
}  // namespace skald

#endif
