// Self-attention with its weights: projections, q/k norms, rotation, cache, softmax, output.
#pragma once
#include "skald/layers/step_context.hpp"
#include "skald/layers/linear.hpp"
#include "skald/ops/reference/kernels.hpp"

namespace skald::inline SKALD_ABI {

template <class Set>
struct SelfAttention {
  Linear<Set> query, key, value, output;
  NormWeights query_norm, key_norm;

  template <class V>
  void visit(const ModelSpec& spec, const AttentionSpec& a, V& v) {
    const index_t h = spec.hidden_size;
    visit_linear(v, Role::query, a.q_width(), h, a.qkv_bias, query);
    visit_linear(v, Role::key, a.kv_width(), h, a.qkv_bias, key);
    visit_linear(v, Role::value, a.kv_width(), h, a.qkv_bias, value);
    visit_linear(v, Role::attention_output, h, a.q_width(), a.out_bias, output);
    if (a.qk_norm != QkNorm::none) {
      const bool own = a.qk_norm != QkNorm::per_head;
      visit_norm(v, Role::query_norm, a.qk_norm_spec, own ? a.q_width() : a.head_dim, query_norm);
      visit_norm(v, Role::key_norm, a.qk_norm_spec, own ? a.kv_width() : a.head_dim, key_norm);
    }
  }

  /// y = attention(x). `fact` gives the AttentionSpec, `rows` the cache.                    // [n, H] -> [n, H]
  template <class Context, class F, class Rows>
  void forward(Context& c, F fact, int layer, const Rows& rows, typename Context::Matrix x,
               typename Context::Matrix y) const {
    using K = typename Context::Kernels;
    auto& q = c.q;
    const AttentionSpec& a = fact.get();
    ScratchScope scope(q);
    auto queries = c.take(x.rows, a.q_width()), mixed = c.take(x.rows, a.q_width());
    auto keys = c.take(x.rows, a.kv_width()), values = c.take(x.rows, a.kv_width());
    K::template linear<K>(q, x, query.to(queries), key.to(keys), value.to(values));
    if (a.clip_qkv != 0.0f)
      for (auto& m : {queries, keys, values}) K::template clamp<K>(q, a.clip_qkv, m);
    if (a.qk_norm != QkNorm::none) {
      norm_heads(c, fact, query_norm, a.heads, queries);
      norm_heads(c, fact, key_norm, a.kv_heads, keys);
    }
    if (a.position == Position::rope) {
      rotate(c, fact, queries);
      rotate(c, fact, keys);
    }
    K::template store<K>(q, rows, keys, values);
    AttentionCall<typename Context::Space> call{
        queries, mixed, a.scale_by_layer ? a.scale / float(layer + 1) : a.scale, c.context, {}, c.relative};
    if constexpr (std::remove_reference_t<decltype(c.tap)>::attentions)
      call.probabilities = c.take(x.rows * a.heads, c.context);
    K::template attention<K>(q, fact, rows, call);
    if constexpr (std::remove_reference_t<decltype(c.tap)>::attentions) c.tap.attention(q, layer, call.probabilities);
    K::template linear<K>(q, mixed, output.to(y));
  }

 private:
  template <class Context, class F>
  static void norm_heads(Context& c, F fact, const NormWeights& w, index_t heads, typename Context::Matrix x) {
    using K = typename Context::Kernels;
    const AttentionSpec& a = fact.get();
    const bool whole = a.qk_norm == QkNorm::whole;
    const auto split = whole ? x : x.split(a.head_dim);
    K::template norm<K>(c.q, field<&AttentionSpec::qk_norm_spec>(fact), w.weight, w.bias,
                        a.qk_norm == QkNorm::per_head_own ? heads : 1, split, split);
  }

  template <class Context, class F>
  static void rotate(Context& c, F fact, typename Context::Matrix x) {
    using K = typename Context::Kernels;
    const AttentionSpec& a = fact.get();
    if (a.rope == 0) K::template rope<K>(c.q, element<&ModelSpec::ropes, 0>(c.spec()), c.rope_tables[0], a.head_dim, x);
    else K::template rope<K>(c.q, element<&ModelSpec::ropes, 1>(c.spec()), c.rope_tables[1], a.head_dim, x);
  }
};

}  // namespace skald
