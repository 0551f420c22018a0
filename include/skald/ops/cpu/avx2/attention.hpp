// Queries of one head on AVX2, one or four: sums of four keys at a time are turned into one register. A query's numbers
// do not depend on how many there are.
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

/// In each half of the registers: parts of the sums q0 . k[0..3] and q1 . k[0..3].
struct TwoSums {
  __m256 first, second;
};
[[gnu::always_inline]] inline TwoSums two_queries(const float* q0, const float* q1, const float* k0, const float* k1,
                                                  const float* k2, const float* k3, index_t dim) {
  __m256 a = _mm256_setzero_ps(), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  const auto add = [&](__m256 x, __m256 y, __m256 l0, __m256 l1, __m256 l2, __m256 l3) __attribute__((always_inline)) {
    a = _mm256_fmadd_ps(x, l0, a), e = _mm256_fmadd_ps(y, l0, e);
    b = _mm256_fmadd_ps(x, l1, b), f = _mm256_fmadd_ps(y, l1, f);
    c = _mm256_fmadd_ps(x, l2, c), g = _mm256_fmadd_ps(y, l2, g);
    d = _mm256_fmadd_ps(x, l3, d), h = _mm256_fmadd_ps(y, l3, h);
  };
  const index_t whole = dim / 8 * 8;
  for (index_t i = 0; i < whole; i += 8)
    add(_mm256_loadu_ps(q0 + i), _mm256_loadu_ps(q1 + i), _mm256_loadu_ps(k0 + i), _mm256_loadu_ps(k1 + i),
        _mm256_loadu_ps(k2 + i), _mm256_loadu_ps(k3 + i));
  if (whole < dim) {
    const __m256i rest = first_lanes(dim - whole);
    const auto at = [&](const float* x) __attribute__((always_inline)) { return _mm256_maskload_ps(x + whole, rest); };
    add(at(q0), at(q1), at(k0), at(k1), at(k2), at(k3));
  }
  return {_mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d)),
          _mm256_hadd_ps(_mm256_hadd_ps(e, f), _mm256_hadd_ps(g, h))};
}

/// scores[i][p] = scale q[i] . key[p] for four queries: two at a time read a key once.
inline void attention_scores(const HeadKeys& keys, const FourQueries& q, float scale) {
  for (std::int32_t p = keys.first; p < keys.last;) {
    const std::int32_t end = keys.run_end(p);
    const float* const from = keys.kv.key(p) + keys.at;
    const index_t n = end - p;
    for (index_t i = 0; i < n; i += 4) {
      const index_t left = n - i, top = left < 4 ? left - 1 : 3;
      const auto key = [&](index_t j) { return from + (i + (j < top ? j : top)) * keys.kv.width; };
      const __m128i lanes = _mm256_castsi256_si128(first_lanes(left));
      const auto store = [&](__m256 parts, float* to) __attribute__((always_inline)) {
        const __m128 sums = _mm_add_ps(_mm256_castps256_ps128(parts), _mm256_extractf128_ps(parts, 1));
        _mm_maskstore_ps(to + p + i, lanes, _mm_mul_ps(sums, _mm_set1_ps(scale)));
      };
      for (int j = 0; j < 4; j += 2) {
        const TwoSums parts = two_queries(q.query[j], q.query[j + 1], key(0), key(1), key(2), key(3), keys.dim);
        store(parts.first, q.scores[j]);
        store(parts.second, q.scores[j + 1]);
      }
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

/// out[i] += sum over p of scores[i][p] value[p] for N queries, R registers of numbers from c on, in the order of the
/// positions.
template <int N, int R>
[[gnu::always_inline]] inline void add_values(const HeadKeys& keys, const float* const* scores, index_t c,
                                              float* const* out) {
  const __m256i last = first_lanes(keys.dim - c - 8 * (R - 1));
  const auto load = [&](const float* x, int r) __attribute__((always_inline)) {
    return r == R - 1 ? _mm256_maskload_ps(x + 8 * r, last) : _mm256_loadu_ps(x + 8 * r);
  };
  __m256 sums[N][R], v[R];
#pragma GCC unroll 4
  for (int j = 0; j < N; ++j)
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) sums[j][r] = load(out[j] + c, r);
  for (std::int32_t p = keys.first; p < keys.last;) {
    const std::int32_t end = keys.run_end(p);
    const float* value = keys.kv.value(p) + keys.at + c;
    for (; p < end; ++p, value += keys.kv.width) {
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) v[r] = load(value, r);
#pragma GCC unroll 4
      for (int j = 0; j < N; ++j) {
        const __m256 score = _mm256_set1_ps(scores[j][p]);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) sums[j][r] = _mm256_fmadd_ps(score, v[r], sums[j][r]);
      }
    }
  }
#pragma GCC unroll 4
  for (int j = 0; j < N; ++j) {
#pragma GCC unroll 4
    for (int r = 0; r < R - 1; ++r) _mm256_storeu_ps(out[j] + c + 8 * r, sums[j][r]);
    _mm256_maskstore_ps(out[j] + c + 8 * (R - 1), last, sums[j][R - 1]);
  }
}

template <int N>
inline void attention_values(const HeadKeys& keys, const float* const* scores, float* const* out) {
  constexpr int most = N == 1 ? 4 : 2;  // registers that find room
  index_t c = 0;
  for (; c + 8 * (most - 1) < keys.dim; c += 8 * most) add_values<N, most>(keys, scores, c, out);
  for (; c < keys.dim; c += 8) add_values<N, 1>(keys, scores, c, out);
}

SKALD_TARGET_END

}  // namespace detail::avx2
}  // namespace skald

#endif
