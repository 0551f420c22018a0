// Attention over the threads, one query of one head at a time, in wide registers.
#pragma once
#include <algorithm>
#include <cmath>

#include "skald/ops/cpu/simd.hpp"
#include "skald/ops/reference/attention.hpp"

namespace skald::inline SKALD_ABI {

struct CpuAttention : ReferenceAttention {
  template <class K, class Q, class F, class Rows, class Space>
  static void attention(Q& q, F fact, const Rows& rows, const AttentionCall<Space>& call) {
    ScratchScope scope(q);
    const index_t heads = fact.get().heads;
    float* scores = q.template take<float>(q.workers() * call.context);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = rows[i];
      const index_t queries = index_t(row.count) * heads;
      q.parallel(queries, 2 * queries * row.kv.length * fact.get().head_dim, [&](index_t part, index_t worker) {
        head(fact, call, row, std::int32_t(part / heads), std::int32_t(part % heads), scores + worker * call.context);
      });
    }
  }

 private:
  /// Keys of 16 bits are widened by the plain twin.
  template <class F, class Space, class T>
  static void head(F fact, const AttentionCall<Space>& call, const AttentionRow<Space, T>& row, std::int32_t t,
                   std::int32_t h, float* scores) {
    if constexpr (!std::is_same_v<T, float>) return one_head(fact, call, row, t, h, scores);
    else wide_head(fact, call, row, t, h, scores);
  }

  /// f(first, count, offset) for positions that lie one after the other, `offset` their first key's in the view.
  template <class Space, class F>
  static void for_runs(const KvView<Space>& kv, KeyRange keys, F&& f) {
    for (std::int32_t p = keys.first; p < keys.last;) {
      const std::int32_t next = kv.blocks.empty() ? keys.last : (p / kv.block_size + 1) * kv.block_size;
      const std::int32_t last = std::min(next, keys.last);
      f(p, index_t(last - p), kv.offset(p));
      p = last;
    }
  }

  template <class F, class Space>
  static void wide_head(F fact, const AttentionCall<Space>& call, const AttentionRow<Space, float>& row, std::int32_t t,
                        std::int32_t h, float* scores) {
    using simd::Floats;
    const AttentionSpec& a = fact.get();
    const index_t dim = a.head_dim, at = h / (a.heads / a.kv_heads) * dim;
    const float* query = call.q.row(row.first + t) + h * dim;
    float* out = call.out.row(row.first + t) + h * dim;
    const KeyRange keys = visible_keys(a, row.past + t, row.kv.length);
    const index_t n = keys.last - keys.first;
    for_runs(row.kv, keys, [&](std::int32_t first, index_t count, index_t from) {
      simd::dots(query, row.kv.data + from + at, row.kv.width, count, dim, call.scale, scores + first);
    });
    if (a.softcap != 0.0f)
      for (std::int32_t p = keys.first; p < keys.last; ++p) scores[p] = a.softcap * std::tanh(scores[p] / a.softcap);
    if (a.position == Position::alibi) {
      const float slope = alibi_slope(a.heads, h);
      for (std::int32_t p = keys.first; p < keys.last; ++p) scores[p] += alibi_bias(a, slope, p);
    }
    float* seen = scores + keys.first;
    const float highest = *std::max_element(seen, seen + n);
    simd::transform(n, seen, [m = Floats(highest)](Floats s) { return xsimd::exp(s - m); }, seen);
    const float total = simd::reduce(n, [](Floats acc, Floats s) { return acc + s; }, seen);
    simd::transform(n, seen, [d = Floats(total)](Floats s) { return s / d; }, seen);
    std::fill_n(out, dim, 0.0f);
    for_runs(row.kv, keys, [&](std::int32_t first, index_t count, index_t from) {
      simd::add_weighted(scores + first, row.kv.data + from + row.kv.v_offset + at, row.kv.width, count, dim, out);
    });
    if (call.probabilities.rows) {
      float* to = call.probabilities.row(index_t(row.first + t) * a.heads + h);
      std::fill_n(to, call.context, 0.0f);
      std::copy_n(seen, n, to + keys.first);
    }
  }
};

}  // namespace skald
