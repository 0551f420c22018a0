// Queries of one head on NEON, one or four: sums of four keys at a time are turned into one register. A query's numbers
// do not depend on how many there are.
#pragma once
#include <cmath>

#include "skald/ops/cpu/head_keys.hpp"
#include "skald/ops/cpu/neon/exp.hpp"

#if defined(__aarch64__)

namespace skald::inline SKALD_ABI {
namespace detail::neon {

/// q . k[0..3]
[[gnu::always_inline]] inline float32x4_t four_keys(const float* q, const float* k0, const float* k1, const float* k2,
                                                    const float* k3, index_t dim) {
  float32x4_t a = vdupq_n_f32(0.0f), b = a, c = a, d = a;
  index_t i = 0;
  for (; i + 4 <= dim; i += 4) {
    const float32x4_t x = vld1q_f32(q + i);
    a = vfmaq_f32(a, x, vld1q_f32(k0 + i));
    b = vfmaq_f32(b, x, vld1q_f32(k1 + i));
    c = vfmaq_f32(c, x, vld1q_f32(k2 + i));
    d = vfmaq_f32(d, x, vld1q_f32(k3 + i));
  }
  if (i < dim) {
    const index_t rest = dim - i;
    const float32x4_t x = load_first(q + i, rest);
    a = vfmaq_f32(a, x, load_first(k0 + i, rest));
    b = vfmaq_f32(b, x, load_first(k1 + i, rest));
    c = vfmaq_f32(c, x, load_first(k2 + i, rest));
    d = vfmaq_f32(d, x, load_first(k3 + i, rest));
  }
  return vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d));
}

/// scores[p] = scale q . key[p], p from keys.first on.
inline void attention_scores(const HeadKeys& keys, const float* q, float scale, float* scores) {
  for (std::int32_t p = keys.first; p < keys.last;) {
    const std::int32_t end = keys.run_end(p);
    const float* const from = keys.kv.key(p) + keys.at;
    const index_t n = end - p;
    for (index_t i = 0; i < n; i += 4) {
      const index_t left = n - i, top = left < 4 ? left - 1 : 3;
      const auto key = [&](index_t j) { return from + (i + (j < top ? j : top)) * keys.kv.width; };
      const float32x4_t sums = vmulq_n_f32(four_keys(q, key(0), key(1), key(2), key(3), keys.dim), scale);
      if (left >= 4) vst1q_f32(scores + p + i, sums);
      else store_first(scores + p + i, sums, left);
    }
    p = end;
  }
}

/// scores[i][p] = scale q[i] . key[p] for four queries, which read each key once.
inline void attention_scores(const HeadKeys& keys, const FourQueries& q, float scale) {
  const index_t whole = keys.dim / 4 * 4, rest = keys.dim - whole;
  for (std::int32_t p = keys.first; p < keys.last;) {
    const std::int32_t end = keys.run_end(p);
    const float* const from = keys.kv.key(p) + keys.at;
    const index_t n = end - p;
    for (index_t i = 0; i < n; i += 4) {
      const index_t left = n - i, top = left < 4 ? left - 1 : 3;
      const auto key = [&](index_t j) { return from + (i + (j < top ? j : top)) * keys.kv.width; };
      const float* const k[4] = {key(0), key(1), key(2), key(3)};
      float32x4_t sums[4][4];
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) sums[j][0] = sums[j][1] = sums[j][2] = sums[j][3] = vdupq_n_f32(0.0f);
      const auto add = [&](auto&& load) {
        const float32x4_t a = load(k[0]), b = load(k[1]), d = load(k[2]), e = load(k[3]);
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) {
          const float32x4_t x = load(q.query[j]);
          sums[j][0] = vfmaq_f32(sums[j][0], x, a);
          sums[j][1] = vfmaq_f32(sums[j][1], x, b);
          sums[j][2] = vfmaq_f32(sums[j][2], x, d);
          sums[j][3] = vfmaq_f32(sums[j][3], x, e);
        }
      };
      for (index_t c = 0; c < whole; c += 4) add([&](const float* x) { return vld1q_f32(x + c); });
      if (rest > 0) add([&](const float* x) { return load_first(x + whole, rest); });
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        const float32x4_t four = vpaddq_f32(vpaddq_f32(sums[j][0], sums[j][1]), vpaddq_f32(sums[j][2], sums[j][3]));
        if (left >= 4) vst1q_f32(q.scores[j] + p + i, vmulq_n_f32(four, scale));
        else store_first(q.scores[j] + p + i, vmulq_n_f32(four, scale), left);
      }
    }
    p = end;
  }
}

/// scores = softmax(scores), n of them.
inline void softmax(float* scores, index_t n) {
  const index_t whole = n / 4 * 4, rest = n - whole;
  float32x4_t most = vdupq_n_f32(scores[0]);
  for (index_t i = 0; i < whole; i += 4) most = vmaxq_f32(most, vld1q_f32(scores + i));
  float top = vmaxvq_f32(most);
  for (index_t i = whole; i < n; ++i) top = scores[i] > top ? scores[i] : top;
  const float32x4_t highest = vdupq_n_f32(top);
  float32x4_t sums = vdupq_n_f32(0.0f);
  for (index_t i = 0; i < whole; i += 4) {
    const float32x4_t e = exp_below_zero(vsubq_f32(vld1q_f32(scores + i), highest));
    sums = vaddq_f32(sums, e);
    vst1q_f32(scores + i, e);
  }
  if (rest > 0) {
    store_first(scores + whole, exp_below_zero(vsubq_f32(load_first(scores + whole, rest), highest)), rest);
    sums = vaddq_f32(sums, load_first(scores + whole, rest));
  }
  const float total = vaddvq_f32(sums);
  for (index_t i = 0; i < n; ++i) scores[i] /= total;
}

/// out[i] += sum over p of scores[i][p] value[p] for N queries, 4 R numbers from c on, in the order of the positions.
template <int N, int R>
[[gnu::always_inline]] inline void add_values(const HeadKeys& keys, const float* const* scores, index_t c,
                                              float* const* out) {
  float32x4_t sums[N][R], v[R];
#pragma GCC unroll 4
  for (int j = 0; j < N; ++j)
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) sums[j][r] = vld1q_f32(out[j] + c + 4 * r);
  for (std::int32_t p = keys.first; p < keys.last;) {
    const std::int32_t end = keys.run_end(p);
    const float* value = keys.kv.value(p) + keys.at + c;
    for (; p < end; ++p, value += keys.kv.width) {
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) v[r] = vld1q_f32(value + 4 * r);
#pragma GCC unroll 4
      for (int j = 0; j < N; ++j)
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) sums[j][r] = vfmaq_n_f32(sums[j][r], v[r], scores[j][p]);
    }
  }
#pragma GCC unroll 4
  for (int j = 0; j < N; ++j)
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) vst1q_f32(out[j] + c + 4 * r, sums[j][r]);
}

template <int N>
inline void attention_values(const HeadKeys& keys, const float* const* scores, float* const* out) {
  constexpr int most = N == 1 ? 8 : 4;  // registers that find room
  index_t c = 0;
  for (; c + 4 * most <= keys.dim; c += 4 * most) add_values<N, most>(keys, scores, c, out);
  for (; c + 4 <= keys.dim; c += 4) add_values<N, 1>(keys, scores, c, out);
  for (; c < keys.dim; ++c)
    for (int j = 0; j < N; ++j)
      for (std::int32_t p = keys.first; p < keys.last; ++p)
        out[j][c] = std::fma(scores[j][p], keys.kv.value(p)[keys.at + c], out[j][c]);
}

}  // namespace detail::neon
}  // namespace skald

#endif
