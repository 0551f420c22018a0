// Queries of one head on AVX-512, one or four: sixteen sums at a time are turned into one register. A query's numbers
// do not depend on how many there are.
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
      store_first(scores + p + i, left, _mm512_mul_ps(sums, _mm512_set1_ps(scale)));
    }
    p = end;
  }
}

/// scores[i][p] = scale q[i] . key[p] for four queries, which read each key once.
inline void attention_scores(const HeadKeys& keys, const FourQueries& q, float scale) {
  for (std::int32_t p = keys.first; p < keys.last;) {
    const std::int32_t end = keys.run_end(p);
    const float* const from = keys.kv.key(p) + keys.at;
    const index_t n = end - p;
    for (index_t i = 0; i < n; i += 4) {
      const index_t left = n - i, top = left < 4 ? left - 1 : 3;
      const auto key = [&](index_t j) { return from + (i + (j < top ? j : top)) * keys.kv.width; };
      const float *const k0 = key(0), *const k1 = key(1), *const k2 = key(2), *const k3 = key(3);
      __m512 sums[4][4];
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) sums[j][0] = sums[j][1] = sums[j][2] = sums[j][3] = _mm512_setzero_ps();
      for (index_t c = 0; c < keys.dim; c += 16) {
        const __mmask16 lanes = first_lanes(keys.dim - c);
        const __m512 a = _mm512_maskz_loadu_ps(lanes, k0 + c), b = _mm512_maskz_loadu_ps(lanes, k1 + c),
                     d = _mm512_maskz_loadu_ps(lanes, k2 + c), e = _mm512_maskz_loadu_ps(lanes, k3 + c);
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) {
          const __m512 x = _mm512_maskz_loadu_ps(lanes, q.query[j] + c);
          sums[j][0] = _mm512_fmadd_ps(x, a, sums[j][0]);
          sums[j][1] = _mm512_fmadd_ps(x, b, sums[j][1]);
          sums[j][2] = _mm512_fmadd_ps(x, d, sums[j][2]);
          sums[j][3] = _mm512_fmadd_ps(x, e, sums[j][3]);
        }
      }
      const auto four = [&](int j) { return quarters(sums[j][0], sums[j][1], sums[j][2], sums[j][3]); };
      const __m512 all = _mm512_mul_ps(whole_sums(four(0), four(1), four(2), four(3)), _mm512_set1_ps(scale));
      const __m128 parts[4] = {_mm512_castps512_ps128(all), _mm512_extractf32x4_ps(all, 1),
                               _mm512_extractf32x4_ps(all, 2), _mm512_extractf32x4_ps(all, 3)};
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        float* const to = q.scores[j] + p + i;
        if (left >= 4) _mm_storeu_ps(to, parts[j]);
        else _mm_mask_storeu_ps(to, __mmask8(first_lanes(left)), parts[j]);
      }
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
    store_first(scores + i, n - i, e);
  }
  total = _mm512_set1_ps(sum(total));
  for (index_t i = 0; i < n; i += 16) {
    const __mmask16 lanes = first_lanes(n - i);
    store_first(scores + i, n - i, _mm512_div_ps(_mm512_maskz_loadu_ps(lanes, scores + i), total));
  }
}

/// out[i] += sum over p of scores[i][p] value[p] for N queries, R registers of numbers from c on, in the order of the
/// positions.
template <int N, int R>
[[gnu::always_inline]] inline void add_values(const HeadKeys& keys, const float* const* scores, index_t c,
                                              float* const* out) {
  const auto lanes = [last = first_lanes(keys.dim - c - 16 * (R - 1))](int r) {
    return r == R - 1 ? last : __mmask16(0xffff);
  };
  __m512 sums[N][R], v[R];
#pragma GCC unroll 4
  for (int j = 0; j < N; ++j)
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) sums[j][r] = _mm512_maskz_loadu_ps(lanes(r), out[j] + c + 16 * r);
  for (std::int32_t p = keys.first; p < keys.last;) {
    const std::int32_t end = keys.run_end(p);
    const float* value = keys.kv.value(p) + keys.at + c;
    for (; p < end; ++p, value += keys.kv.width) {
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) v[r] = _mm512_maskz_loadu_ps(lanes(r), value + 16 * r);
#pragma GCC unroll 4
      for (int j = 0; j < N; ++j) {
        const __m512 score = _mm512_set1_ps(scores[j][p]);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) sums[j][r] = _mm512_fmadd_ps(score, v[r], sums[j][r]);
      }
    }
  }
#pragma GCC unroll 4
  for (int j = 0; j < N; ++j)
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) _mm512_mask_storeu_ps(out[j] + c + 16 * r, lanes(r), sums[j][r]);
}

template <int N>
inline void attention_values(const HeadKeys& keys, const float* const* scores, float* const* out) {
  index_t c = 0;
  for (; c + 48 < keys.dim; c += 64) add_values<N, 4>(keys, scores, c, out);
  if (c + 16 < keys.dim) add_values<N, 2>(keys, scores, c, out), c += 32;
  if (c < keys.dim) add_values<N, 1>(keys, scores, c, out);
}

SKALD_TARGET_END

}  // namespace detail::avx512
}  // namespace skald

#endif
