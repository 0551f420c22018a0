// A decoder's layer that also looks at what an encoder read. Only who runs encoder-decoders compiles it: the arch of
// their decoder names it as its Block.
#pragma once
#include "skald/layers/block.hpp"

namespace skald::inline SKALD_ABI {

/// The rows of a step as views of what their sequences read. `Cache` is a CrossCache.
template <class Cache>
struct CrossRows {
  std::span<const Row> rows;
  const Cache* cache;
  int layer;

  std::size_t size() const { return rows.size(); }
  AttentionRow<typename Cache::Space, typename Cache::element> operator[](std::size_t i) const {
    return {rows[i].first, rows[i].count, 0, cache->cross_view(layer, rows[i].sequence)};
  }
  /// Positions of the longest view.
  index_t context() const {
    index_t n = 0;
    for (const Row& row : rows) n = std::max(n, index_t(cache->cross_length(row.sequence)));
    return n;
  }
};

template <class Cache>
CrossRows(std::span<const Row>, const Cache*, int) -> CrossRows<Cache>;

/// The rows of a step without a cache, and what an encoder made of the same rows.                  // [tokens, H]
template <class Space>
struct ReadRows : StepRows<Space> {
  MatrixView<Space> read;
};

template <class Set>
struct CrossAttention {
  Linear<Set> query, key, value, output;

  template <class V>
  void visit(const ModelSpec& spec, const AttentionSpec& a, V& v) {
    visit_linear(v, Role::cross_query, a.q_width(), spec.hidden_size, a.qkv_bias, query);
    visit_linear(v, Role::cross_key, a.kv_width(), spec.hidden_size, a.qkv_bias, key);
    visit_linear(v, Role::cross_value, a.kv_width(), spec.hidden_size, a.qkv_bias, value);
    visit_linear(v, Role::cross_output, spec.hidden_size, a.q_width(), a.out_bias, output);
  }

  /// Once a sequence: keys and values of the encoder's hidden states, into `rows`.             // [tokens, H]
  template <class Context, class Rows>
  void read(Context& c, const AttentionSpec& a, const Rows& rows, typename Context::Matrix hidden) const {
    using K = typename Context::Kernels;
    ScratchScope scope(c.q);
    auto keys = c.take(hidden.rows, a.kv_width()), values = c.take(hidden.rows, a.kv_width());
    K::template linear<K>(c.q, hidden, key.to(keys), value.to(values));
    K::template store<K>(c.q, rows, keys, values);
  }

  /// y = output(attention(query(x), what the rows see)); `context`: positions of the longest.    // [n, H] -> [n, H]
  template <class Context, class Rows>
  void forward(Context& c, const AttentionSpec& a, int layer, const Rows& rows, index_t context,
               typename Context::Matrix x, typename Context::Matrix y) const {
    using K = typename Context::Kernels;
    using Tap = std::remove_reference_t<decltype(c.tap)>;
    auto& q = c.q;
    ScratchScope scope(q);
    auto queries = c.take(x.rows, a.q_width()), mixed = c.take(x.rows, a.q_width());
    K::template linear<K>(q, x, query.to(queries));
    AttentionCall<typename Context::Space> call{queries, mixed, a.scale, context, {}, {}};
    if constexpr (Tap::attentions) call.probabilities = c.take(x.rows * a.heads, call.context);
    K::template attention<K>(q, Value<AttentionSpec>{a}, rows, call);
    if constexpr (requires { c.tap.cross_attention(q, layer, call.probabilities); })
      c.tap.cross_attention(q, layer, call.probabilities);
    K::template linear<K>(q, mixed, output.to(y));
  }

  /// The same where both saw one step: what the encoder read is in `rows`.
  template <class Context>
  void forward_step(Context& c, const AttentionSpec& a, int layer, const ReadRows<typename Context::Space>& rows,
                    typename Context::Matrix x, typename Context::Matrix y) const {
    ScratchScope scope(c.q);
    const StepRows<typename Context::Space> seen{rows.rows, c.take(x.rows, a.kv_width()), c.take(x.rows, a.kv_width())};
    read(c, a, seen, rows.read);
    forward(c, a, layer, seen, c.context, x, y);
  }
};

/// x += attention(x); x += cross(x); x += feed_forward(x), with a norm before, behind or around each as the spec has it
/// for the other two. Everything that is not said here is as in Block; never parallel.
template <class Set, int Experts = at_load>
struct CrossBlock : Block<Set, Experts> {
  using Base = Block<Set, Experts>;
  CrossAttention<Set> cross;
  NormWeights cross_in_norm, cross_out_norm, cross_sum_norm;

  template <class V>
  void visit(const ModelSpec& spec, const BlockSpec& b, V& v) {
    Base::visit(spec, b, v);
    cross.visit(spec, b.cross(), v);
    if (b.has(attention_in)) visit_norm(v, Role::cross_in_norm, spec.norm, spec.hidden_size, cross_in_norm);
    if (b.has(attention_out)) visit_norm(v, Role::cross_out_norm, spec.norm, spec.hidden_size, cross_out_norm);
    if (b.has(attention_sum)) visit_norm(v, Role::cross_sum_norm, spec.norm, spec.hidden_size, cross_sum_norm);
  }

  template <class Context, class Kind, class Rows>
  void forward(Context& c, Kind kind, int layer, const Rows& rows, typename Context::Matrix x) const {
    using Matrix = typename Context::Matrix;
    const BlockSpec& b = kind.get();
    ScratchScope scope(c.q);
    const Room<Matrix> room{x, c.take(x.rows, x.cols), c.take(x.rows, x.cols)};
    branch(c, b, {attention_in, this->attention_in_norm, attention_out, this->attention_out_norm, attention_sum,
                  this->attention_sum_norm}, room, [&](Matrix in) {
      this->attention.forward(c, field<&BlockSpec::attention>(kind), layer, rows, in, room.result);
    });
    branch(c, b, {attention_in, cross_in_norm, attention_out, cross_out_norm, attention_sum, cross_sum_norm}, room,
           [&](Matrix in) {
      if constexpr (requires { rows.read; }) return cross.forward_step(c, b.cross(), layer, rows, in, room.result);
      else {
        const CrossRows seen{rows.rows, rows.cache, layer};
        cross.forward(c, b.cross(), layer, seen, seen.context(), in, room.result);
      }
    });
    branch(c, b, {feed_forward_in, this->feed_forward_in_norm, feed_forward_out, this->feed_forward_out_norm,
                  feed_forward_sum, this->feed_forward_sum_norm}, room, [&](Matrix in) {
      this->feed_forward.forward(c, field<&BlockSpec::feed_forward>(kind), in, room.result);
    });
  }

 private:
  struct Norms {
    NormAt in;
    const NormWeights& in_norm;
    NormAt out;
    const NormWeights& out_norm;
    NormAt sum;
    const NormWeights& sum_norm;
  };
  template <class Matrix>
  struct Room {
    Matrix x, normed, result;
  };

  template <class Context, class Body>
  static void branch(Context& c, const BlockSpec& b, const Norms& n, const Room<typename Context::Matrix>& room,
                     Body&& body) {
    using K = typename Context::Kernels;
    if (b.has(n.in)) norm(c, n.in_norm, room.x, room.normed);
    body(b.has(n.in) ? room.normed : room.x);
    if (b.has(n.out)) norm(c, n.out_norm, room.result, room.result);
    K::template add<K>(c.q, room.result, b.residual_scale, room.x);
    if (b.has(n.sum)) norm(c, n.sum_norm, room.x, room.x);
  }
  template <class Context>
  static void norm(Context& c, const NormWeights& w, typename Context::Matrix x, typename Context::Matrix y) {
    using K = typename Context::Kernels;
    K::template norm<K>(c.q, field<&ModelSpec::norm>(c.spec()), w.weight, w.bias, 1, x, y);
  }
};

}  // namespace skald
