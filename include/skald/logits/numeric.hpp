// Sweeps over plain floats, in lanes of fixed width: compilers make vectors of them at -O2 on every target, and the
// order of summation is the same on all of them.
#pragma once
#include <bit>
#include <cstdint>
#include <limits>

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

inline constexpr float infinity = std::numeric_limits<float>::infinity();
inline constexpr std::int32_t lanes = 64;        // enough that GCC keeps a loop over them, which it vectorises
inline constexpr std::int32_t block_size = 256;  // entries summed in float; blocks in double

/// e^x for x <= 0: relative error below 1e-7, e^0 exactly 1, 0 below -87.7 and for -inf. NaN gives 0.
/// 2^-n times a polynomial in r = x + n ln 2, |r| <= ln 2 / 2, fitted at Chebyshev nodes. The bound is taken on the
/// bits: GCC makes a comparison of floats a branch, and then a loop around this stays scalar.
inline float exp_nonpositive(float x) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x) & 0x7fffffffu;
  const std::uint32_t most = std::bit_cast<std::uint32_t>(88.0f);  // there n is 127, and 2^-n becomes 0
  const float t = std::bit_cast<float>(bits < most ? bits : most);
  const std::int32_t n = static_cast<std::int32_t>(t * 1.44269504f + 0.5f);
  const float fn = static_cast<float>(n);
  const float r = (fn * 0.693359375f - t) + fn * -2.12194440e-4f;  // ln 2 in two parts, the first exact
  float p = 1.98911878e-4f;
  p = p * r + 1.39338273e-3f;
  p = p * r + 8.33331075e-3f;
  p = p * r + 4.16664633e-2f;
  p = p * r + 0.166666667f;
  p = p * r + 0.5f;
  p = p * (r * r) + r + 1.0f;
  return p * std::bit_cast<float>((127 - n) << 23);
}

/// The largest of x; -inf when there is none, NaN when one of them is NaN.
inline float max_of(const float* x, std::int32_t n) {
  float best[lanes];
  std::int32_t nan[lanes];
  for (int j = 0; j < lanes; ++j) best[j] = -infinity, nan[j] = 0;
  std::int32_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (int j = 0; j < lanes; ++j) {
      best[j] = x[i + j] > best[j] ? x[i + j] : best[j];
      nan[j] |= x[i + j] != x[i + j];
    }
  }
  for (; i < n; ++i) {
    best[0] = x[i] > best[0] ? x[i] : best[0];
    nan[0] |= x[i] != x[i];
  }
  for (int j = 1; j < lanes; ++j) {
    best[0] = best[j] > best[0] ? best[j] : best[0];
    nan[0] |= nan[j];
  }
  return nan[0] ? std::numeric_limits<float>::quiet_NaN() : best[0];
}

/// Sum of e^(x - max) over at most block_size entries.
inline float sum_exp_block(const float* x, std::int32_t n, float max) {
  float sum[lanes];
  for (int j = 0; j < lanes; ++j) sum[j] = 0.0f;
  std::int32_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (int j = 0; j < lanes; ++j) sum[j] += exp_nonpositive(x[i + j] - max);
  }
  for (; i < n; ++i) sum[0] += exp_nonpositive(x[i] - max);
  for (int width = lanes / 2; width > 0; width /= 2) {
    for (int j = 0; j < width; ++j) sum[j] += sum[j + width];
  }
  return sum[0];
}

/// Sum of e^(x - max), floats within a block, doubles across blocks.
inline double sum_exp(const float* x, std::int32_t n, float max) {
  double sum = 0;
  for (std::int32_t i = 0; i < n; i += block_size) {
    sum += sum_exp_block(x + i, n - i < block_size ? n - i : block_size, max);
  }
  return sum;
}

/// f(i) for every x[i] that `test` accepts, in order, until f returns false. A block without any costs one vector test,
/// so looking for a few among a large vocabulary is nearly free.
template <class Test, class F>
void for_each_where(const float* x, std::int32_t n, Test test, F f) {
  constexpr std::int32_t width = 32;
  for (std::int32_t first = 0; first < n; first += width) {
    const std::int32_t last = n - first < width ? n : first + width;
    if (last - first == width) {
      std::int32_t hit = 0;
      for (int j = 0; j < width; ++j) hit |= test(x[first + j]);
      if (!hit) continue;
    }
    for (std::int32_t i = first; i < last; ++i) {
      if (test(x[i]) && !f(i)) return;
    }
  }
}

}  // namespace detail
}  // namespace skald
