// One layer of a stack: attention and feed-forward, norms and residuals where the spec puts them.
#pragma once
#include "skald/layers/attention.hpp"
#include "skald/layers/feed_forward.hpp"
#include "skald/spec/memory_plan.hpp"

namespace skald::inline SKALD_ABI {

/// | expression                              | meaning                                                            |
/// |-----------------------------------------|--------------------------------------------------------------------|
/// | b.visit(spec, block_spec, v)            | lists its weights (layers/linear.hpp)                             |
/// | b.forward(context, kind, layer, rows, x)| x = layer(x), in place; `kind` is the fact of BlockSpec            |
/// | Blk::scratch(spec, block_spec, ...)     | bytes of scratch it takes at most: tokens, context, workers        |
/// A user's arch may name a block of its own (`template <class Set> using Block = ...`): see tests/seams/block.cpp.
template <class Set, int Experts = at_load>
struct Block {
  SelfAttention<Set> attention;
  FeedForwardLayer<Set, Experts> feed_forward;
  NormWeights attention_in_norm, attention_out_norm, attention_sum_norm;
  NormWeights feed_forward_in_norm, feed_forward_out_norm, feed_forward_sum_norm;

  static constexpr std::size_t scratch(const ModelSpec& spec, const BlockSpec& b, index_t tokens, index_t context,
                                       index_t workers) {
    return block_scratch(spec, b, tokens, context, workers);
  }

  template <class V>
  void visit(const ModelSpec& spec, const BlockSpec& b, V& v) {
    attention.visit(spec, b.attention, v);
    feed_forward.visit(spec, b.feed_forward, v);
    const auto norm = [&](NormAt at, Role role, NormWeights& slot) {
      if (b.has(at)) visit_norm(v, role, spec.norm, spec.hidden_size, slot);
    };
    norm(attention_in, Role::attention_in_norm, attention_in_norm);
    norm(attention_out, Role::attention_out_norm, attention_out_norm);
    norm(attention_sum, Role::attention_sum_norm, attention_sum_norm);
    if (!b.shared_norm) norm(feed_forward_in, Role::feed_forward_in_norm, feed_forward_in_norm);
    norm(feed_forward_out, Role::feed_forward_out_norm, feed_forward_out_norm);
    norm(feed_forward_sum, Role::feed_forward_sum_norm, feed_forward_sum_norm);
  }

  template <class Context, class Kind, class Rows>
  void forward(Context& c, Kind kind, int layer, const Rows& rows, typename Context::Matrix x) const {
    using K = typename Context::Kernels;
    auto& q = c.q;
    const BlockSpec& b = kind.get();
    const auto self = field<&BlockSpec::attention>(kind);
    const auto wide = field<&BlockSpec::feed_forward>(kind);
    ScratchScope scope(q);
    auto normed = c.take(x.rows, x.cols), result = c.take(x.rows, x.cols);
    if (b.parallel) {
      auto second = c.take(x.rows, x.cols);
      norm(c, attention_in_norm, x, normed);
      attention.forward(c, self, layer, rows, normed, result);
      if (!b.shared_norm) norm(c, feed_forward_in_norm, x, normed);
      feed_forward.forward(c, wide, normed, second);
      K::template add<K>(q, result, b.residual_scale, x);
      K::template add<K>(q, second, b.residual_scale, x);
      return;
    }
    const auto branch = [&](NormAt in, const NormWeights& in_norm, NormAt out, const NormWeights& out_norm, NormAt sum,
                            const NormWeights& sum_norm, auto&& body) {
      if (b.has(in)) norm(c, in_norm, x, normed);
      body(b.has(in) ? normed : x);
      if (b.has(out)) norm(c, out_norm, result, result);
      if (b.residual_from_norm && b.has(in)) K::template copy<K>(q, normed, x);
      K::template add<K>(q, result, b.residual_scale, x);
      if (b.has(sum)) norm(c, sum_norm, x, x);
    };
    branch(attention_in, attention_in_norm, attention_out, attention_out_norm, attention_sum, attention_sum_norm,
           [&](auto in) { attention.forward(c, self, layer, rows, in, result); });
    branch(feed_forward_in, feed_forward_in_norm, feed_forward_out, feed_forward_out_norm, feed_forward_sum,
           feed_forward_sum_norm, [&](auto in) { feed_forward.forward(c, wide, in, result); });
  }

 private:
  template <class Context>
  static void norm(Context& c, const NormWeights& w, typename Context::Matrix x, typename Context::Matrix y) {
    using K = typename Context::Kernels;
    K::template norm<K>(c.q, field<&ModelSpec::norm>(c.spec()), w.weight, w.bias, 1, x, y);
  }
};

}  // namespace skald
