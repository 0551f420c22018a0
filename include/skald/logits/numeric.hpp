// Sweeps over plain floats, in lanes of fixed width: compilers make vectors of them at -O2 on every target, and the
// order of summation is the same on all of them.
#pragma once
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "skald/core/math.hpp"
#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

inline constexpr float infinity = std::numeric_limits<float>::infinity();
inline constexpr std::int32_t lanes = 64;        // enough that GCC keeps a loop over them, which it vectorises
inline constexpr std::int32_t block_size = 256;  // entries summed in float; blocks in double

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

/// Sum of f(x) over at most block_size entries.
template <class F>
float sum_block(const float* x, std::int32_t n, F f) {
  float sum[lanes];
  for (int j = 0; j < lanes; ++j) sum[j] = 0.0f;
  std::int32_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (int j = 0; j < lanes; ++j) sum[j] += f(x[i + j]);
  }
  for (; i < n; ++i) sum[0] += f(x[i]);
  for (int width = lanes / 2; width > 0; width /= 2) {
    for (int j = 0; j < width; ++j) sum[j] += sum[j + width];
  }
  return sum[0];
}

/// Sum of f(x), floats within a block, doubles across blocks.
template <class F>
double sum_of(const float* x, std::int32_t n, F f) {
  double sum = 0;
  for (std::int32_t i = 0; i < n; i += block_size) sum += sum_block(x + i, n - i < block_size ? n - i : block_size, f);
  return sum;
}

inline float sum_exp_block(const float* x, std::int32_t n, float max) {
  return sum_block(x, n, [max](float v) { return exp_nonpositive(v - max); });
}

/// Sum of e^(x - max).
inline double sum_exp(const float* x, std::int32_t n, float max) {
  return sum_of(x, n, [max](float v) { return exp_nonpositive(v - max); });
}

/// Of p = softmax(x): the sum of e^(x - max), and the entropy, -sum p ln p.
struct Mass {
  double total = 0;
  double entropy = 0;
};

inline Mass mass_of(const float* x, std::int32_t n, float max) {
  const double total = sum_exp(x, n, max);
  const std::uint32_t most = std::bit_cast<std::uint32_t>(128.0f);  // there e^-d is 0, and d must not be infinite
  const double moment = sum_of(x, n, [max, most](float v) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(max - v);
    const float d = std::bit_cast<float>(bits < most ? bits : most);
    return d * exp_nonpositive(-d);
  });
  return {total, std::log(total) + moment / total};
}

/// How many of x `test` accepts.
template <class Test>
std::int32_t count_where(const float* x, std::int32_t n, Test test) {
  std::int32_t count[lanes];
  for (int j = 0; j < lanes; ++j) count[j] = 0;
  std::int32_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (int j = 0; j < lanes; ++j) count[j] += test(x[i + j]) ? 1 : 0;
  }
  for (; i < n; ++i) count[0] += test(x[i]) ? 1 : 0;
  for (int j = 1; j < lanes; ++j) count[0] += count[j];
  return count[0];
}

/// The largest of every `width` of x, as many as there are whole ones; a NaN counts as nothing. `width` is a multiple
/// of lanes. Returns how many were written.
inline std::int32_t block_maxima(const float* x, std::int32_t n, std::int32_t width, float* to) {
  std::int32_t blocks = 0;
  for (std::int32_t first = 0; first + width <= n; first += width) {
    float best[lanes];
    for (int j = 0; j < lanes; ++j) best[j] = -infinity;
    for (std::int32_t i = first; i < first + width; i += lanes) {
      for (int j = 0; j < lanes; ++j) best[j] = x[i + j] > best[j] ? x[i + j] : best[j];
    }
    for (int half = lanes / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; ++j) best[j] = best[j + half] > best[j] ? best[j + half] : best[j];
    }
    to[blocks++] = best[0];
  }
  return blocks;
}

/// f(i) for every x[i] that `test` accepts, in order, until f returns false. What it accepts is looked up for 64 of
/// them at once, before f hears of the first. A block without any costs one vector test, so looking for a few among a
/// large vocabulary is nearly free.
template <class T, class Test, class F>
void for_each_where(const T* x, std::int32_t n, Test test, F f) {
  constexpr std::int32_t width = 64;
  for (std::int32_t first = 0; first < n; first += width) {
    std::array<std::uint8_t, width> flags{};
    if (n - first >= width) {
      std::int32_t hit = 0;
      for (int j = 0; j < width; ++j) hit |= test(x[first + j]);
      if (!hit) continue;
      for (int j = 0; j < width; ++j) flags[j] = test(x[first + j]) ? 1 : 0;
    } else {
      for (int j = 0; j < n - first; ++j) flags[j] = test(x[first + j]) ? 1 : 0;
    }
    const auto words = std::bit_cast<std::array<std::uint64_t, width / 8>>(flags);
    constexpr bool little = std::endian::native == std::endian::little;
    for (int k = 0; k < width / 8; ++k) {
      for (std::uint64_t left = words[k]; left != 0;) {
        const int at = little ? std::countr_zero(left) / 8 : std::countl_zero(left) / 8;
        left &= ~(std::uint64_t{1} << (little ? 8 * at : 56 - 8 * at));
        if (!f(first + 8 * k + at)) return;
      }
    }
  }
}

}  // namespace detail
}  // namespace skald
