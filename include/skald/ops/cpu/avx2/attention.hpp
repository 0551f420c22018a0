// One query of one head on AVX2: eight keys at a time, their sums turned into one register.
#pragma once
#include "skald/ops/cpu/avx2/exp.hpp"
#include "skald/ops/cpu/avx2/registers.hpp"
#include "skald/ops/cpu/head_keys.hpp"

#if defined(__x86_64__)

namespace skald::inline SKALD_ABI {
namespace detail::avx2 {

SKALD_TARGET_BEGIN("avx2,fma")

/// In each half of the register: parts of the sums q . k[0..3].
[[gnu::always_inline]] inline __m256 four_keys(const float* q, const float* k0, const float* k1, const float* k2,
                                               const float* k3, index_t dim) {
  __m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;
  const index_t whole = dim / 8 * 8;
  for (index_t i = 0; i < whole; i += 8) {
    const __m256 x = _mm256_loadu_ps(q + i);
    a = _mm256_fmadd_ps(x, _mm256_loadu_ps(k0 + i), a);
    b = _mm256_fmadd_ps(x, _mm256_loadu_ps(k1 + i), b);
    c = _mm256_fmadd_ps(x, _mm256_loadu_ps(k2 + i), c);
    d = _mm256_fmadd_ps(x, _mm256_loadu_ps(k3 + i), d);
  }
  if (whole < dim) {
    const __m256i rest = first_lanes(dim - whole);
    const __m256 x = _mm256_maskload_ps(q + whole, rest);
    a = _mm256_fmadd_ps(x, _mm256_maskload_ps(k0 + whole, rest), a);
    b = _mm256_fmadd_ps(x, _mm256_maskload_ps(k1 + whole, rest), b);
    c = _mm256_fmadd_ps(x, _mm256_maskload_ps(k2 + whole, rest), c);
    d = _mm256_fmadd_ps(x, _mm256_maskload_ps(k3 + whole, rest), d);
  }
  return _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
}

/// scores[p] = scale q . key[p], p from keys.first on.
inline void attention_scores(const HeadKeys& keys, const float* q, float scale, float* scores) {
  for (std::int32_t p = keys.first; p < keys.last;) {
    const std::int32_t end = keys.run_end(p);
    const float* const from = keys.kv.key(p) + keys.at;
    const index_t n = end - p;
    for (index_t i = 0; i < n; i += 8) {
      const index_t left = n - i, top = left < 8 ? left - 1 : 7;
      const auto key = [&](index_t j) { return from + (i + (j < top ? j : top)) * keys.kv.width; };
      const __m256 a = four_keys(q, key(0), key(1), key(2), key(3), keys.dim);
      const __m256 b = four_keys(q, key(4), key(5), key(6), key(7), keys.dim);
      const __m256 sums = _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
      _mm256_maskstore_ps(scores + p + i, first_lanes(left), _mm256_mul_ps(sums, _mm256_set1_ps(scale)));
    }
    p = end;
  }
}

/// scores = softmax(scores), n of them.
inline void softmax(float* scores, index_t n) {
  float top = scores[0];
  for (index_t i = 1; i < n; ++i) top = scores[i] > top ? scores[i] : top;
  const __m256 highest = _mm256_set1_ps(top);
  __m256 total = _mm256_setzero_ps();
  for (index_t i = 0; i < n; i += 8) {
    const __m256i lanes = first_lanes(n - i);
    const __m256 e = _mm256_and_ps(exp_below_zero(_mm256_sub_ps(_mm256_maskload_ps(scores + i, lanes), highest)),
                                   _mm256_castsi256_ps(lanes));
    total = _mm256_add_ps(total, e);
    _mm256_maskstore_ps(scores + i, lanes, e);
  }
  total = _mm256_set1_ps(sum(total));
  for (index_t i = 0; i < n; i += 8) {
    const __m256i lanes = first_lanes(n - i);
    _mm256_maskstore_ps(scores + i, lanes, _mm256_div_ps(_mm256_maskload_ps(scores + i, lanes), total));
  }
}

/// out = sum over p of scores[p] value[p], in the order of the positions.
inline void attention_values(const HeadKeys& keys, const float* scores, float* out) {
  for (index_t c = 0; c < keys.dim; c += 32) {
    const index_t left = keys.dim - c;
    const __m256i m0 = first_lanes(left), m1 = first_lanes(left - 8), m2 = first_lanes(left - 16),
                  m3 = first_lanes(left - 24);
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    for (std::int32_t p = keys.first; p < keys.last;) {
      const std::int32_t end = keys.run_end(p);
      const float* v = keys.kv.value(p) + keys.at + c;
      for (; p < end; ++p, v += keys.kv.width) {
        const __m256 score = _mm256_set1_ps(scores[p]);
        s0 = _mm256_fmadd_ps(score, _mm256_maskload_ps(v, m0), s0);
        s1 = _mm256_fmadd_ps(score, _mm256_maskload_ps(v + 8, m1), s1);
        s2 = _mm256_fmadd_ps(score, _mm256_maskload_ps(v + 16, m2), s2);
        s3 = _mm256_fmadd_ps(score, _mm256_maskload_ps(v + 24, m3), s3);
      }
    }
    _mm256_maskstore_ps(out + c, m0, s0);
    _mm256_maskstore_ps(out + c + 8, m1, s1);
    _mm256_maskstore_ps(out + c + 16, m2, s2);
    _mm256_maskstore_ps(out + c + 24, m3, s3);
  }
}

SKALD_TARGET_END

}  // namespace detail::avx2
}  // namespace skald

#endif
