// Attention over the threads, one query of one head at a time, in wide registers.
#pragma once
#include <algorithm>
#include <cmath>

#include "skald/backend/cpu_features.hpp"
#include "skald/ops/cpu/avx2/attention.hpp"
#include "skald/ops/cpu/avx512/attention.hpp"
#include "skald/ops/cpu/neon/attention.hpp"
#include "skald/ops/cpu/simd.hpp"
#include "skald/ops/reference/attention.hpp"

namespace skald::inline SKALD_ABI {

struct CpuAttention : ReferenceAttention {
  template <class K, class Q, class F, class Rows, class Space>
  static void attention(Q& q, F fact, const Rows& rows, const AttentionCall<Space>& call) {
    ScratchScope scope(q);
    const index_t heads = fact.get().heads;
    float* scores = q.template take<float>(q.workers() * call.context);
    index_t tokens = 0, keys = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = rows[i];
      tokens += row.count;
      keys += index_t(row.count) * row.kv.length;
    }
    // One run of the threads for all sequences: a batch of short ones is worth them, too.
    q.parallel(tokens * heads, 2 * keys * heads * fact.get().head_dim, [&](index_t part, index_t worker) {
      const auto row = row_of(rows, part / heads);
      head(q.features(), fact, call, row, std::int32_t(part / heads - row.first), std::int32_t(part % heads),
           scores + worker * call.context);
    });
  }

 private:
  /// The row that holds token t of the step: rows follow one another.
  template <class Rows>
  static auto row_of(const Rows& rows, index_t t) {
    std::size_t first = 0, count = rows.size();
    while (count > 1) {
      const std::size_t half = count / 2;
      if (rows[first + half].first <= t) first += half, count -= half;
      else count = half;
    }
    return rows[first];
  }

  template <class F, class Space, class T>
  static void head(const CpuFeatures& features, F fact, const AttentionCall<Space>& call,
                   const AttentionRow<Space, T>& row, std::int32_t t, std::int32_t h, float* scores) {
    const AttentionSpec& a = fact.get();
    if (!std::is_same_v<T, float> && a.head_dim > widest) return one_head(fact, call, row, t, h, scores);
    const float* query = call.q.row(row.first + t) + h * a.head_dim;
    float* out = call.out.row(row.first + t) + h * a.head_dim;
    const KeyRange seen = visible_keys(a, row.past + t, row.kv.length);
    const index_t n = seen.last - seen.first, at = h / (a.heads / a.kv_heads) * a.head_dim;
    if constexpr (std::is_same_v<T, float>) {
      score(features, {row.kv, at, a.head_dim, seen.first, seen.last}, query, call.scale, scores);
    } else {
      each_tile<false>(row.kv, at, a.head_dim, seen, [&](const detail::HeadKeys& keys, std::int32_t first) {
        score(features, keys, query, call.scale, scores + first);
      });
    }
    if (a.softcap != 0.0f)
      for (std::int32_t p = seen.first; p < seen.last; ++p) scores[p] = a.softcap * std::tanh(scores[p] / a.softcap);
    if (a.position == Position::alibi) {
      const float slope = alibi_slope(a.heads, h);
      for (std::int32_t p = seen.first; p < seen.last; ++p) scores[p] += alibi_bias(a, slope, p);
    }
    if (a.position == Position::relative)
      for (std::int32_t p = seen.first; p < seen.last; ++p)
        scores[p] += call.relative.at(p, row.past + t, a.causal, a.heads, h);
    weigh(features, scores + seen.first, n);
    if constexpr (std::is_same_v<T, float>) {
      mix(features, {row.kv, at, a.head_dim, seen.first, seen.last}, scores, out);
    } else {
      alignas(64) float part[widest];
      each_tile<true>(row.kv, at, a.head_dim, seen, [&](const detail::HeadKeys& keys, std::int32_t first) {
        mix(features, keys, scores + first, first == seen.first ? out : part);
        if (first != seen.first)
          for (index_t i = 0; i < a.head_dim; ++i) out[i] += part[i];
      });
    }
    if (call.probabilities.rows) {
      float* to = call.probabilities.row(index_t(row.first + t) * a.heads + h);
      std::fill_n(to, call.context, 0.0f);
      std::copy_n(scores + seen.first, n, to + seen.first);
    }
  }

  /// The longest head whose keys are widened in tiles: a tile is on the stack.
  static constexpr index_t widest = 512;

  /// f(keys, first): the keys of a head, or its values, from position `first` on, widened to float a tile at a time.
  template <bool values, class T, class Space, class F>
  static void each_tile(const KvView<Space, T>& kv, index_t at, index_t dim, KeyRange seen, F&& f) {
    alignas(64) float tile[8 * widest];
    detail::HeadKeys keys;
    keys.dim = keys.kv.width = dim;
    keys.kv.data = tile;
    const std::int32_t most = std::int32_t(8 * widest / dim);
    for (std::int32_t p = seen.first; p < seen.last; p += most) {
      keys.last = keys.kv.length = std::min(most, seen.last - p);
      for (std::int32_t i = 0; i < keys.last; ++i)
        read_numbers(values ? kv.value(p + i) : kv.key(p + i), at, dim, tile + i * dim);
      f(keys, p);
    }
  }

  /// scores[p] = scale query . key[p]
  static void score(const CpuFeatures& features, const detail::HeadKeys& keys, const float* query, float scale,
                    float* scores) {
#if defined(__x86_64__)
    if (features.avx512) return detail::avx512::attention_scores(keys, query, scale, scores);
    if (features.avx2) return detail::avx2::attention_scores(keys, query, scale, scores);
#elif defined(__aarch64__)
    if (features.neon) return detail::neon::attention_scores(keys, query, scale, scores);
#endif
    (void)features;
    for (std::int32_t p = keys.first, end; p < keys.last; p = end) {
      end = keys.run_end(p);
      simd::dots(query, keys.kv.key(p) + keys.at, keys.kv.width, end - p, keys.dim, scale, scores + p);
    }
  }

  /// scores = softmax(scores), n of them
  static void weigh(const CpuFeatures& features, float* scores, index_t n) {
    using simd::Floats;
#if defined(__x86_64__)
    if (features.avx512) return detail::avx512::softmax(scores, n);
    if (features.avx2) return detail::avx2::softmax(scores, n);
#elif defined(__aarch64__)
    if (features.neon) return detail::neon::softmax(scores, n);
#endif
    (void)features;
    const float highest = *std::max_element(scores, scores + n);
    simd::transform(n, scores, [m = Floats(highest)](Floats s) { return xsimd::exp(s - m); }, scores);
    const float total = simd::reduce(n, [](Floats acc, Floats s) { return acc + s; }, scores);
    simd::transform(n, scores, [d = Floats(total)](Floats s) { return s / d; }, scores);
  }

  /// out = sum over p of scores[p] value[p]
  static void mix(const CpuFeatures& features, const detail::HeadKeys& keys, const float* scores, float* out) {
#if defined(__x86_64__)
    if (features.avx512) return detail::avx512::attention_values(keys, scores, out);
    if (features.avx2) return detail::avx2::attention_values(keys, scores, out);
#elif defined(__aarch64__)
    if (features.neon) return detail::neon::attention_values(keys, scores, out);
#endif
    (void)features;
    std::fill_n(out, keys.dim, 0.0f);
    for (std::int32_t p = keys.first, end; p < keys.last; p = end) {
      end = keys.run_end(p);
      simd::add_weighted(scores + p, keys.kv.value(p) + keys.at, keys.kv.width, end - p, keys.dim, out);
    }
  }
};

}  // namespace skald
