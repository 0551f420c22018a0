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

  /// Keys of 16 bits are widened by the plain twin.
  template <class F, class Space, class T>
  static void head(const CpuFeatures& features, F fact, const AttentionCall<Space>& call,
                   const AttentionRow<Space, T>& row, std::int32_t t, std::int32_t h, float* scores) {
    if constexpr (!std::is_same_v<T, float>) return one_head(fact, call, row, t, h, scores);
    else wide_head(features, fact, call, row, t, h, scores);
  }

  template <class F, class Space>
  static void wide_head(const CpuFeatures& features, F fact, const AttentionCall<Space>& call,
                        const AttentionRow<Space, float>& row, std::int32_t t, std::int32_t h, float* scores) {
    const AttentionSpec& a = fact.get();
    const float* query = call.q.row(row.first + t) + h * a.head_dim;
    float* out = call.out.row(row.first + t) + h * a.head_dim;
    const KeyRange seen = visible_keys(a, row.past + t, row.kv.length);
    const index_t n = seen.last - seen.first;
    const detail::HeadKeys keys{row.kv, h / (a.heads / a.kv_heads) * a.head_dim, a.head_dim, seen.first, seen.last};
    score(features, keys, query, call.scale, scores);
    if (a.softcap != 0.0f)
      for (std::int32_t p = seen.first; p < seen.last; ++p) scores[p] = a.softcap * std::tanh(scores[p] / a.softcap);
    if (a.position == Position::alibi) {
      const float slope = alibi_slope(a.heads, h);
      for (std::int32_t p = seen.first; p < seen.last; ++p) scores[p] += alibi_bias(a, slope, p);
    }
    if (a.position == Position::relative)
      for (std::int32_t p = seen.first; p < seen.last; ++p)
        scores[p] += call.relative(p, row.past + t, a.causal, a.heads, h);
    mix(features, keys, scores, out);
    if (call.probabilities.rows) {
      float* to = call.probabilities.row(index_t(row.first + t) * a.heads + h);
      std::fill_n(to, call.context, 0.0f);
      std::copy_n(scores + seen.first, n, to + seen.first);
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

  /// scores = softmax(scores), out = sum over p of scores[p] value[p]
  static void mix(const CpuFeatures& features, const detail::HeadKeys& keys, float* scores, float* out) {
    using simd::Floats;
    float* const seen = scores + keys.first;
    const index_t n = keys.last - keys.first;
#if defined(__x86_64__)
    if (features.avx512) {
      detail::avx512::softmax(seen, n);
      return detail::avx512::attention_values(keys, scores, out);
    }
    if (features.avx2) {
      detail::avx2::softmax(seen, n);
      return detail::avx2::attention_values(keys, scores, out);
    }
#elif defined(__aarch64__)
    if (features.neon) {
      detail::neon::softmax(seen, n);
      return detail::neon::attention_values(keys, scores, out);
    }
#endif
    (void)features;
    const float highest = *std::max_element(seen, seen + n);
    simd::transform(n, seen, [m = Floats(highest)](Floats s) { return xsimd::exp(s - m); }, seen);
    const float total = simd::reduce(n, [](Floats acc, Floats s) { return acc + s; }, seen);
    simd::transform(n, seen, [d = Floats(total)](Floats s) { return s / d; }, seen);
    std::fill_n(out, keys.dim, 0.0f);
    for (std::int32_t p = keys.first, end; p < keys.last; p = end) {
      end = keys.run_end(p);
      simd::add_weighted(scores + p, keys.kv.value(p) + keys.at, keys.kv.width, end - p, keys.dim, out);
    }
  }
};

}  // namespace skald
