// Attention over the threads in wide registers. Queries that look at the same keys go through them together, piece by
// piece, four at a time.
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
  static constexpr index_t attention_queries = 16;  ///< go through keys and values together, at most
  static constexpr index_t score_rows(index_t tokens) { return std::clamp<index_t>(4 * tokens, 1, attention_queries); }

  template <class K, class Q, class F, class Rows, class Space>
  static void attention(Q& q, F fact, const Rows& rows, const AttentionCall<Space>& call) {
    ScratchScope scope(q);
    const AttentionSpec& a = fact.get();
    index_t tokens = 0, keys = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = rows[i];
      tokens += row.count;
      keys += index_t(row.count) * row.kv.length;
    }
    float* const scores = q.template take<float>(q.workers() * score_rows(tokens) * call.context);
    // What is done together: four heads that share a key, then tokens beside each other.
    const index_t sharing = a.heads / a.kv_heads, heads = std::min<index_t>(sharing, 4),
                  together = attention_queries / heads, pieces = a.kv_heads * ((sharing + heads - 1) / heads),
                  blocks = (tokens + together - 1) / together;
    // One run of the threads for all sequences: a batch of short ones is worth them, too. Heads one after the other:
    // their keys and values stay in the cache for all tokens of a sequence.
    q.parallel(blocks * pieces, 2 * keys * a.heads * a.head_dim, [&](index_t part, index_t worker) {
      const AttentionSpec& s = fact.get();
      const index_t piece = part / blocks, of_key = pieces / s.kv_heads;
      const index_t from = piece / of_key * sharing, first = from + piece % of_key * heads,
                    last = std::min(first + heads, from + sharing);
      const index_t end = std::min(tokens, (part % blocks + 1) * together);
      for (index_t t = part % blocks * together; t < end;) {
        const auto row = row_of(rows, t);
        Group group;
        for (; t < end && t < row.first + row.count; ++t)
          for (index_t h = first; h < last; ++h) {
            group.queries[group.size].t = std::int32_t(t - row.first);
            group.queries[group.size++].h = std::int32_t(h);
          }
        attend(q.features(), fact, call, row, group, scores + worker * score_rows(tokens) * call.context);
      }
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

  /// Queries of one key's heads, in one row.
  struct Group {
    struct Query {
      std::int32_t t, h;
      KeyRange seen;
      const float* query;  // [dim]
      float *scores, *out; // by position; [dim]
    };
    Query queries[attention_queries];
    int size = 0;

    /// The positions that one of the queries from `first` on sees.
    KeyRange any(int first, int n) const {
      KeyRange keys = queries[first].seen;
      for (int i = first + 1; i < first + n; ++i)
        keys = {std::min(keys.first, queries[i].seen.first), std::max(keys.last, queries[i].seen.last)};
      return keys;
    }
    /// The positions that all of them see; perhaps none.
    KeyRange all(int first, int n) const {
      KeyRange keys = queries[first].seen;
      for (int i = first + 1; i < first + n; ++i)
        keys = {std::max(keys.first, queries[i].seen.first), std::min(keys.last, queries[i].seen.last)};
      return keys;
    }
  };

  template <class F, class Space, class T>
  static void attend(const CpuFeatures& features, F fact, const AttentionCall<Space>& call,
                     const AttentionRow<Space, T>& row, Group& group, float* scores) {
    const AttentionSpec& a = fact.get();
    if (!std::is_same_v<T, float> && a.head_dim > widest) {
      for (int i = 0; i < group.size; ++i) one_head(fact, call, row, group.queries[i].t, group.queries[i].h, scores);
      return;
    }
    for (int i = 0; i < group.size; ++i) {
      typename Group::Query& query = group.queries[i];
      const index_t token = row.first + query.t, at = query.h * a.head_dim;
      query.seen = visible_keys(a, row.past + query.t, row.kv.length);
      query.query = call.q.row(token) + at;
      query.scores = scores + i * call.context;
      query.out = call.out.row(token) + at;
    }
    const index_t at = group.queries[0].h / (a.heads / a.kv_heads) * a.head_dim;
    const KeyRange seen = group.any(0, group.size);
    const bool pieces = group.size > 4;
    each_tile<false>(row.kv, at, a.head_dim, seen, pieces, [&](const detail::HeadKeys& keys, std::int32_t first) {
      int i = 0;
      if (together(features))
        for (; i + 4 <= group.size; i += 4) score_four(features, keys, first, group, i, call.scale);
      for (; i < group.size; ++i)
        if (const auto own = part_of(keys, first, group.queries[i].seen); own.first < own.last)
          score(features, own, group.queries[i].query, call.scale, group.queries[i].scores + first);
    });
    for (int i = 0; i < group.size; ++i) {
      finish(features, fact, call, row.past + group.queries[i].t, group.queries[i]);
      std::fill_n(group.queries[i].out, a.head_dim, 0.0f);
    }
    each_tile<true>(row.kv, at, a.head_dim, seen, pieces, [&](const detail::HeadKeys& keys, std::int32_t first) {
      int i = 0;
      for (; i + 4 <= group.size; i += 4) mix_four(features, keys, first, group, i);
      for (; i < group.size; ++i) mix_one(features, keys, first, group.queries[i], group.queries[i].seen);
    });
    if (!call.probabilities.rows) return;
    for (int i = 0; i < group.size; ++i) {
      const typename Group::Query& query = group.queries[i];
      float* to = call.probabilities.row(index_t(row.first + query.t) * a.heads + query.h);
      std::fill_n(to, call.context, 0.0f);
      std::copy(query.scores + query.seen.first, query.scores + query.seen.last, to + query.seen.first);
    }
  }

  /// From products with keys to weights.
  template <class F, class Space>
  static void finish(const CpuFeatures& features, F fact, const AttentionCall<Space>& call, std::int32_t position,
                     const Group::Query& query) {
    const AttentionSpec& a = fact.get();
    const auto [first, last] = query.seen;
    float* const scores = query.scores;
    if (a.softcap != 0.0f)
      for (std::int32_t p = first; p < last; ++p) scores[p] = a.softcap * std::tanh(scores[p] / a.softcap);
    if (a.position == Position::alibi) {
      const float slope = alibi_slope(a.heads, query.h);
      for (std::int32_t p = first; p < last; ++p) scores[p] += alibi_bias(a, slope, p);
    }
    if (a.position == Position::relative)
      for (std::int32_t p = first; p < last; ++p)
        scores[p] += call.relative.at(p, position, a.causal, a.heads, query.h);
    weigh(features, scores + first, last - first);
  }

  /// The longest head whose keys are widened in tiles: a tile is on the stack.
  static constexpr index_t widest = 512;

  /// f(keys, first): the keys of a head, or its values, from position `first` on: float as they lie, in pieces where
  /// several fours will look at them; others widened to float a tile at a time.
  template <bool values, class T, class Space, class F>
  static void each_tile(const KvView<Space, T>& kv, index_t at, index_t dim, KeyRange seen, bool pieces, F&& f) {
    const std::int32_t most = std::int32_t(8 * widest / dim);
    if constexpr (std::is_same_v<T, float>) {
      const std::int32_t step = pieces ? std::max(most, 4) : seen.last - seen.first;
      for (std::int32_t p = seen.first; p < seen.last; p += step)
        f(detail::HeadKeys{kv, at, dim, p, std::min(seen.last, p + step)}, 0);
    } else {
      alignas(64) float tile[8 * widest];
      detail::HeadKeys keys;
      keys.dim = keys.kv.width = dim;
      keys.kv.data = tile;
      for (std::int32_t p = seen.first; p < seen.last; p += most) {
        keys.last = keys.kv.length = std::min(most, seen.last - p);
        for (std::int32_t i = 0; i < keys.last; ++i)
          read_numbers(values ? kv.value(p + i) : kv.key(p + i), at, dim, tile + i * dim);
        f(keys, p);
      }
    }
  }

  /// The part of `keys`, which begin at position `first`, that lies in a range of positions.
  static detail::HeadKeys part_of(detail::HeadKeys keys, std::int32_t first, KeyRange range) {
    keys.first = std::max(keys.first, range.first - first);
    keys.last = std::min(keys.last, range.last - first);
    return keys;
  }

  /// Whether this processor has kernels for four queries.
  static bool together(const CpuFeatures& features) {
#if defined(__x86_64__)
    return features.avx2;
#elif defined(__aarch64__)
    return features.neon;
#else
    return (void)features, false;
#endif
  }

  /// Scores of keys that one of four queries sees, for all four.
  static void score_four([[maybe_unused]] const CpuFeatures& features, const detail::HeadKeys& keys,
                         std::int32_t first, const Group& group, int i, float scale) {
    const detail::HeadKeys seen = part_of(keys, first, group.any(i, 4));
    if (seen.first >= seen.last) return;
    detail::FourQueries four;
    for (int j = 0; j < 4; ++j) {
      four.query[j] = group.queries[i + j].query;
      four.scores[j] = group.queries[i + j].scores + first;
    }
#if defined(__x86_64__)
    if (features.avx512) return detail::avx512::attention_scores(seen, four, scale);
    detail::avx2::attention_scores(seen, four, scale);
#elif defined(__aarch64__)
    detail::neon::attention_scores(seen, four, scale);
#endif
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

  /// Adds what the values from position `first` on give: together what all four see, what lies before and behind that
  /// one by one. Every sum so goes through the positions in their order.
  static void mix_four(const CpuFeatures& features, const detail::HeadKeys& values, std::int32_t first,
                       const Group& group, int i) {
    KeyRange all = group.all(i, 4);
    if (all.first >= all.last) all = {first + values.last, first + values.last};
    const float* scores[4];
    float* out[4];
    for (int j = 0; j < 4; ++j) {
      const typename Group::Query& query = group.queries[i + j];
      scores[j] = query.scores + first;
      out[j] = query.out;
      mix_one(features, values, first, query, {query.seen.first, std::min(all.first, query.seen.last)});
    }
    if (const detail::HeadKeys shared = part_of(values, first, all); shared.first < shared.last)
      mix<4>(features, shared, scores, out);
    for (int j = 0; j < 4; ++j)
      mix_one(features, values, first, group.queries[i + j], {all.last, group.queries[i + j].seen.last});
  }
  static void mix_one(const CpuFeatures& features, const detail::HeadKeys& values, std::int32_t first,
                      const Group::Query& query, KeyRange range) {
    const detail::HeadKeys own = part_of(values, first, range);
    const float* const scores = query.scores + first;
    if (own.first < own.last) mix<1>(features, own, &scores, &query.out);
  }

  /// out[i] += sum over p of scores[i][p] value[p], for N queries
  template <int N>
  static void mix(const CpuFeatures& features, const detail::HeadKeys& keys, const float* const* scores,
                  float* const* out) {
#if defined(__x86_64__)
    if (features.avx512) return detail::avx512::attention_values<N>(keys, scores, out);
    if (features.avx2) return detail::avx2::attention_values<N>(keys, scores, out);
#elif defined(__aarch64__)
    if (features.neon) return detail::neon::attention_values<N>(keys, scores, out);
#endif
    (void)features;
    for (std::int32_t p = keys.first, end; p < keys.last; p = end) {
      end = keys.run_end(p);
      for (int i = 0; i < N; ++i)
        simd::add_weighted(scores[i] + p, keys.kv.value(p) + keys.at, keys.kv.width, end - p, keys.dim, out[i]);
    }
  }
};

}  // namespace skald
