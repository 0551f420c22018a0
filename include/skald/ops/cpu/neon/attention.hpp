// One query of one head on NEON: four keys at a time, their sums turned into one register.
#pragma once
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

/// out[0..4 R) = sum over p of scores[p] value[p] from `at` on, in the order of the positions.
template <int R>
[[gnu::always_inline]] inline void sum_values(const HeadKeys& keys, const float* scores, index_t at, float* out) {
  float32x4_t sums[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) sums[r] = vdupq_n_f32(0.0f);
  for (std::int32_t p = keys.first; p < keys.last;) {
    const std::int32_t end = keys.run_end(p);
    const float* v = keys.kv.value(p) + at;
    for (; p < end; ++p, v += keys.kv.width)
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) sums[r] = vfmaq_n_f32(sums[r], vld1q_f32(v + 4 * r), scores[p]);
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) vst1q_f32(out + 4 * r, sums[r]);
}

/// out = sum over p of scores[p] value[p].
inline void attention_values(const HeadKeys& keys, const float* scores, float* out) {
  index_t c = 0;
  for (; c + 32 <= keys.dim; c += 32) sum_values<8>(keys, scores, keys.at + c, out + c);
  for (; c + 4 <= keys.dim; c += 4) sum_values<1>(keys, scores, keys.at + c, out + c);
  for (; c < keys.dim; ++c) {
    float sum = 0;
    for (std::int32_t p = keys.first; p < keys.last; ++p) sum += scores[p] * keys.kv.value(p)[keys.at + c];
    out[c] = sum;
  }
}

}  // namespace detail::neon
}  // namespace skald

#endif
