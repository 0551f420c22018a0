// Loops over floats in the widest registers the command line allows; the tail goes through a padded copy, so that every
// number takes the same path. Sums keep four accumulators in a fixed order.
#pragma once
#include <cstring>
#include <xsimd/xsimd.hpp>

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

namespace simd {

using Floats = xsimd::batch<float>;
inline constexpr index_t width = index_t(Floats::size);

inline Floats load(const float* p) { return Floats::load_unaligned(p); }
inline void store(float* p, Floats v) { v.store_unaligned(p); }

inline float sum(Floats v) {
  alignas(64) float each[Floats::size];
  v.store_aligned(each);
  float total = 0;
  for (float x : each) total += x;
  return total;
}

/// Sum of f(batch at i, ...) over n floats of one or two arrays.
template <class F, class... Ps>
float reduce(index_t n, F&& f, const Ps*... p) {
  Floats acc[4] = {Floats(0.0f), Floats(0.0f), Floats(0.0f), Floats(0.0f)};
  index_t i = 0;
  for (; i + 4 * width <= n; i += 4 * width)
    for (index_t j = 0; j < 4; ++j) acc[j] = f(acc[j], load(p + i + j * width)...);
  for (; i + width <= n; i += width) acc[0] = f(acc[0], load(p + i)...);
  if (i < n) {
    const auto padded = [&](const float* from) {
      alignas(64) float tail[Floats::size] = {};
      std::memcpy(tail, from, std::size_t(n - i) * sizeof(float));
      return load(tail);
    };
    acc[1] = f(acc[1], padded(p + i)...);
  }
  return sum((acc[0] + acc[1]) + (acc[2] + acc[3]));
}

inline float dot(const float* a, const float* b, index_t n) {
  return reduce(n, [](Floats acc, Floats x, Floats y) { return xsimd::fma(x, y, acc); }, a, b);
}

/// out[i] = f(p[i]...), where `out` may be one of p. f must give a number for zeros: the padding.
template <class F, class... Ps>
void transform(index_t n, float* out, F&& f, const Ps*... p) {
  index_t i = 0;
  for (; i + width <= n; i += width) store(out + i, f(load(p + i)...));
  if (i < n) {
    const auto padded = [&](const float* from) {
      alignas(64) float tail[Floats::size] = {};
      std::memcpy(tail, from, std::size_t(n - i) * sizeof(float));
      return load(tail);
    };
    alignas(64) float tail[Floats::size];
    store(tail, f(padded(p + i)...));
    std::memcpy(out + i, tail, std::size_t(n - i) * sizeof(float));
  }
}

/// y += a * x
inline void axpy(index_t n, float a, const float* x, float* y) {
  transform(n, y, [s = Floats(a)](Floats v, Floats u) { return xsimd::fma(s, u, v); }, y, x);
}

/// out[i] = scale * (x . row i of `rows`), n numbers each; four rows at once, so that no sum waits for itself. A sum
/// does not depend on which rows are beside it.
inline void dots(const float* x, const float* rows, index_t stride, index_t count, index_t n, float scale, float* out) {
  index_t i = 0;
  if (n % width == 0)
    for (; i + 4 <= count; i += 4) {
      const float* row = rows + i * stride;
      Floats acc[4] = {Floats(0.0f), Floats(0.0f), Floats(0.0f), Floats(0.0f)};
      for (index_t c = 0; c < n; c += width) {
        const Floats v = load(x + c);
        for (index_t j = 0; j < 4; ++j) acc[j] = xsimd::fma(v, load(row + j * stride + c), acc[j]);
      }
      for (index_t j = 0; j < 4; ++j) out[i + j] = scale * sum(acc[j]);
    }
  for (; n % width == 0 && i < count; ++i) {
    Floats acc(0.0f);
    for (index_t c = 0; c < n; c += width) acc = xsimd::fma(load(x + c), load(rows + i * stride + c), acc);
    out[i] = scale * sum(acc);
  }
  for (; i < count; ++i) out[i] = scale * dot(x, rows + i * stride, n);
}

/// y += sum of weights[i] * row i of `rows`, rows in order; y stays in registers meanwhile.
inline void add_weighted(const float* weights, const float* rows, index_t stride, index_t count, index_t n, float* y) {
  index_t c = 0;
  for (; c + 4 * width <= n; c += 4 * width) {
    Floats acc[4] = {load(y + c), load(y + c + width), load(y + c + 2 * width), load(y + c + 3 * width)};
    for (index_t i = 0; i < count; ++i)
      for (index_t j = 0; j < 4; ++j)
        acc[j] = xsimd::fma(Floats(weights[i]), load(rows + i * stride + c + j * width), acc[j]);
    for (index_t j = 0; j < 4; ++j) store(y + c + j * width, acc[j]);
  }
  for (index_t i = 0; c < n && i < count; ++i) axpy(n - c, weights[i], rows + i * stride + c, y + c);
}

}  // namespace simd

}  // namespace skald
