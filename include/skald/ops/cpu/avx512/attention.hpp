// One query of one head on AVX-512: sixteen keys at a time, their sums turned into one register.
#pragma once
#include "skald/ops/cpu/avx512/exp.hpp"
#include "skald/ops/cpu/avx512/registers.hpp"
#include "skald/ops/cpu/head_keys.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {
namespace detail::avx512 {

SKALD_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

/// In each quarter of the register: parts of the sums q . k[0..3].
[[gnu::always_inline]] inline __m512 four_keys(const float* q, const float* k0, const float* k1, const float* k2,
                                               const float* k3, index_t dim) {
  __m512 a = _mm512_setzero_ps(), b = a, c = a, d = a;
  for (index_t i = 0; i < dim; i += 16) {
    const __mmask16 lanes = first_lanes(dim - i);
    const __m512 x = _mm512_maskz_loadu_ps(lanes, q + i);
    a = _mm512_fmadd_ps(x, _mm512_maskz_loadu_ps(lanes, k0 + i), a);
    b = _mm512_fmadd_ps(x, _mm512_maskz_loadu_ps(lanes, k1 + i), b);
    c = _mm512_fmadd_ps(x, _mm512_maskz_loadu_ps(lanes, k2 + i), c);
    d = _mm512_fmadd_ps(x, _mm512_maskz_loadu_ps(lanes, k3 + i), d);
  }
  return quarters(a, b, c, d);
}

/// scores[p] = scale q . key[p], p from keys.first on.
inline void attention_scores(const HeadKeys& keys, const float* q, float scale, float* scores) {
  for (std::int32_t p = keys.first; p < keys.last;) {
    const std::int32_t end = keys.run_end(p);
    const float* const from = keys.kv.key(p) + keys.at;
    const index_t n = end - p;
    for (index_t i = 0; i < n; i += 16) {
      const index_t left = n - i, top = left < 16 ? left - 1 : 15;
      const auto key = [&](index_t j) { return from + (i + (j < top ? j : top)) * keys.kv.width; };
      const __m512 a = four_keys(q, key(0), key(1), key(2), key(3), keys.dim);
      const __m512 b = four_keys(q, key(4), key(5), key(6), key(7), keys.dim);
      const __m512 c = four_keys(q, key(8), key(9), key(10), key(11), keys.dim);
      const __m512 d = four_keys(q, key(12), key(13), key(14), key(15), keys.dim);
      const __m512 sums = whole_sums(a, b, c, d);
      _mm512_mask_storeu_ps(scores + p + i, first_lanes(left), _mm512_mul_ps(sums, _mm512_set1_ps(scale)));
    }
    p = end;
  }
}

/// scores = softmax(scores), n of them.
inline void softmax(float* scores, index_t n) {
  __m512 highest = _mm512_set1_ps(-__builtin_inff()), total = _mm512_setzero_ps();
  for (index_t i = 0; i < n; i += 16) {
    const __mmask16 lanes = first_lanes(n - i);
    highest = _mm512_mask_max_ps(highest, lanes, highest, _mm512_maskz_loadu_ps(lanes, scores + i));
  }
  highest = _mm512_set1_ps(_mm512_reduce_max_ps(highest));
  for (index_t i = 0; i < n; i += 16) {
    const __mmask16 lanes = first_lanes(n - i);
    const __m512 e = exp_below_zero(_mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, scores + i), highest));
    total = _mm512_mask_add_ps(total, lanes, total, e);
    _mm512_mask_storeu_ps(scores + i, lanes, e);
  }
  total = _mm512_set1_ps(sum(total));
  for (index_t i = 0; i < n; i += 16) {
    const __mmask16 lanes = first_lanes(n - i);
    _mm512_mask_storeu_ps(scores + i, lanes, _mm512_div_ps(_mm512_maskz_loadu_ps(lanes, scores + i), total));
  }
}

/// out = sum over p of scores[p] value[p], in the order of the positions.
inline void attention_values(const HeadKeys& keys, const float* scores, float* out) {
  for (index_t c = 0; c < keys.dim; c += 64) {
    const index_t left = keys.dim - c;
    const __mmask16 m0 = first_lanes(left), m1 = first_lanes(left - 16), m2 = first_lanes(left - 32),
                    m3 = first_lanes(left - 48);
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    for (std::int32_t p = keys.first; p < keys.last;) {
      const std::int32_t end = keys.run_end(p);
      const float* v = keys.kv.value(p) + keys.at + c;
      for (; p < end; ++p, v += keys.kv.width) {
        const __m512 score = _mm512_set1_ps(scores[p]);
        s0 = _mm512_fmadd_ps(score, _mm512_maskz_loadu_ps(m0, v), s0);
        s1 = _mm512_fmadd_ps(score, _mm512_maskz_loadu_ps(m1, v + 16), s1);
        s2 = _mm512_fmadd_ps(score, _mm512_maskz_loadu_ps(m2, v + 32), s2);
        s3 = _mm512_fmadd_ps(score, _mm512_maskz_loadu_ps(m3, v + 48), s3);
      }
    }
    _mm512_mask_storeu_ps(out + c, m0, s0);
    _mm512_mask_storeu_ps(out + c + 16, m1, s1);
    _mm512_mask_storeu_ps(out + c + 32, m2, s2);
    _mm512_mask_storeu_ps(out + c + 48, m3, s3);
  }
}

SKALD_TARGET_END

}  // namespace detail::avx512
}  // namespace skald

#endif
