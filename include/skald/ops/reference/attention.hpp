// Scaled dot-product attention over a cache view, and storing into it.
#pragma once
#include <cmath>

#include "skald/ops/reference/standard_math.hpp"
#include "skald/ops/reference/sum.hpp"
#include "skald/backend/queue.hpp"
#include "skald/precision/half.hpp"
#include "skald/spec/facts.hpp"
#include "skald/tensor/cache_elements.hpp"
#include "skald/tensor/kv_view.hpp"
#include "skald/tensor/matrix_view.hpp"

namespace skald::inline SKALD_ABI {

/// Position::relative: what is added to a score, by head and distance. T5 (Raffel et al. 2020), mpnet.
struct RelativeBias {
  const float* table = nullptr;  ///< [buckets, heads]
  std::int32_t buckets = 0, max_distance = 0;

  /// Near keys have a bucket each, far ones share them by the logarithm of their distance; what lies ahead has a half
  /// of its own, where it is seen. In float, as transformers.
  template <class Math = StandardMath>
  std::int32_t bucket(std::int32_t key, std::int32_t query, bool causal) const {
    const std::int32_t ahead = key - query, n = causal ? buckets : buckets / 2, exact = n / 2;
    const std::int32_t first = !causal && ahead > 0 ? n : 0, away = ahead > 0 ? (causal ? 0 : ahead) : -ahead;
    if (away < exact) return first + away;
    const float steps =
        Math::log(float(away) / float(exact)) / Math::log_of_ratio(max_distance, exact) * float(n - exact);
    const std::int32_t far = exact + std::int32_t(steps);
    return first + (far < n - 1 ? far : n - 1);
  }
  template <class Math = StandardMath>
  float at(std::int32_t key, std::int32_t query, bool causal, std::int32_t heads, std::int32_t h) const {
    return table[bucket<Math>(key, query, causal) * heads + h];
  }
};

/// One attention of a step, but for its rows.
template <class Space>
struct AttentionCall {
  MatrixView<Space> q, out;           // [tokens, heads * head_dim]
  float scale = 1;                    ///< of q.k
  index_t context = 0;                ///< the longest view
  MatrixView<Space> probabilities{};  ///< [tokens * heads, context], zero where masked; empty: not wanted
  RelativeBias relative{};            ///< where positions are relative
};

/// ALiBi's slope of head h (Press et al. 2022): with n the largest power of two <= heads, b = 2^(-8 / n): b^(h + 1);
/// the heads beyond n take the odd powers of the slopes for 2n.
template <class Math = StandardMath>
float alibi_slope(std::int32_t heads, std::int32_t h) {
  std::int32_t n = 1;
  while (2 * n <= heads) n *= 2;
  return h < n ? Math::pow(2.0f, -8.0f / float(n) * float(h + 1))
               : Math::pow(2.0f, -4.0f / float(n) * float(2 * (h - n) + 1));
}

/// What is added to the score of the key at position k. Falcon rounds slope, position and product to bfloat16.
inline float alibi_bias(const AttentionSpec& a, float slope, std::int32_t k) {
  if (!a.alibi_bfloat16) return slope * float(k) * a.alibi_scale;
  return to_float(to_bf16(to_float(to_bf16(slope)) * to_float(to_bf16(float(k))))) * a.alibi_scale;
}

/// Keys [first, last) that the query at position p sees.
struct KeyRange {
  std::int32_t first, last;
};
constexpr KeyRange visible_keys(const AttentionSpec& a, std::int32_t p, std::int32_t length) {
  KeyRange keys{0, a.causal ? p + 1 : length};
  if (a.window > 0) {
    if (p - a.window + 1 > 0) keys.first = p - a.window + 1;
    if (!a.causal && a.window < length - p) keys.last = p + a.window;
  }
  return keys;
}

struct ReferenceAttention {
  /// Rows of scores that a thread holds at once, in a step of so many tokens.
  static constexpr index_t score_rows(index_t) { return 1; }

  /// Writes keys and values of the step's tokens to their places, in the cache's element type. `rows` answers size()
  /// and [i] -> AttentionRow; a queue that runs later keeps a copy of the rows, not of `rows`.
  template <class K, class Q, class Rows, class Space>
  static void store(Q&, const Rows& rows, MatrixView<Space> k, MatrixView<Space> v) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = rows[i];
      using T = typename decltype(row.kv)::element;
      for (index_t t = 0; t < row.count; ++t) {
        write_numbers<T>(k.row(row.first + t), k.cols, row.kv.key(row.past + t));
        write_numbers<T>(v.row(row.first + t), v.cols, row.kv.value(row.past + t));
      }
    }
  }

  /// out[t, h] = softmax_k(scale q[t, h] . k[k, g] (softcap) (+ alibi or relative)) v[k, g], g = h * kv_heads / heads;
  /// the softmax subtracts the maximum and accumulates in float.
  template <class K, class Q, class F, class Rows, class Space>
  static void attention(Q& q, F fact, const Rows& rows, const AttentionCall<Space>& call) {
    ScratchScope scope(q);
    float* scores = q.template take<float>(call.context);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = rows[i];
      for (std::int32_t t = 0; t < row.count; ++t)
        for (std::int32_t h = 0; h < fact.get().heads; ++h) one_head<math_of<K>>(fact, call, row, t, h, scores);
    }
  }

  /// One query of one head: what a threaded kernel set spreads over its workers.
  template <class Math = StandardMath, class F, class Space, class T>
  static void one_head(F fact, const AttentionCall<Space>& call, const AttentionRow<Space, T>& row, std::int32_t t,
                       std::int32_t h, float* scores) {
    const AttentionSpec& a = fact.get();
    const index_t dim = a.head_dim, at = h / (a.heads / a.kv_heads) * dim;
    const float* query = call.q.row(row.first + t) + h * dim;
    float* out = call.out.row(row.first + t) + h * dim;
    const KeyRange keys = visible_keys(a, row.past + t, row.kv.length);
    const float slope = a.position == Position::alibi ? alibi_slope<Math>(a.heads, h) : 0.0f;
    float highest = -INFINITY;
    for (std::int32_t p = keys.first; p < keys.last; ++p) {
      const T* key = row.kv.key(p);
      float s = chunked_sum(dim, [&](index_t i) { return query[i] * number_at(key, at + i); }) * call.scale;
      if (a.softcap != 0.0f) s = a.softcap * Math::tanh(s / a.softcap);
      if (a.position == Position::alibi) s += alibi_bias(a, slope, p);
      if (a.position == Position::relative) s += call.relative.template at<Math>(p, row.past + t, a.causal, a.heads, h);
      scores[p] = s;
      highest = s > highest ? s : highest;
    }
    for (std::int32_t p = keys.first; p < keys.last; ++p) scores[p] = Math::exp(scores[p] - highest);
    const float total = chunked_sum(keys.last - keys.first, [&](index_t i) { return scores[keys.first + i]; });
    for (index_t i = 0; i < dim; ++i) out[i] = 0;
    for (std::int32_t p = keys.first; p < keys.last; ++p) {
      const T* value = row.kv.value(p);
      scores[p] /= total;
      for (index_t i = 0; i < dim; ++i) out[i] += scores[p] * number_at(value, at + i);
    }
    if (call.probabilities.rows) {
      float* to = call.probabilities.row(index_t(row.first + t) * a.heads + h);
      for (index_t p = 0; p < call.context; ++p) to[p] = p >= keys.first && p < keys.last ? scores[p] : 0.0f;
    }
  }
};

}  // namespace skald
