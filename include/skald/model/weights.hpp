// All weights of a model, in the order in which they are listed, loaded and laid into an image.
#pragma once
#include "skald/layers/block.hpp"
#include "skald/precision/plan.hpp"
#include "skald/spec/facts.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// Sizes that are constants under a fixed arch, `at_load` otherwise.
template <Arch A>
constexpr int fixed_layers() {
  if constexpr (A::fixed) return A::spec().stack().weight_layers();
  else return at_load;
}
template <Arch A>
constexpr int fixed_experts() {
  if constexpr (A::fixed) {
    int n = 0;
    for (const BlockSpec& b : A::spec().stack().kinds) n = b.feed_forward.experts > n ? b.feed_forward.experts : n;
    return n;
  } else {
    return at_load;
  }
}

/// The arch's own block, or ours.
template <class A, class Set>
struct block_of { using type = Block<Set, fixed_experts<A>()>; };
template <class A, class Set>
  requires requires { typename A::template Block<Set>; }
struct block_of<A, Set> { using type = typename A::template Block<Set>; };

}  // namespace detail

/// `P` is a Plan: linears, head and tables may be of different precisions inside one model.
template <class P, Arch A>
struct ModelWeights {
  using Block = typename detail::block_of<A, typename P::linear>::type;
  /// A tied head of the same set is the table itself: held once, converted once.
  static constexpr bool one_table = std::is_same_v<typename P::head, typename P::table>;

  Weight<typename P::table> tokens, positions, types;  ///< a table of sinusoids is made, not listed
  NormWeights embedding_norm, final_norm;
  Linear<typename P::head> embedding_projection, head_projection, head_transform, head;
  NormWeights head_norm;
  const float* relative_bias = nullptr;
  List<Block, detail::fixed_layers<A>()> blocks;
  Linear<typename P::head> pooler;

  template <class V>
  void visit(const ModelSpec& spec, V& v) {
    const StackSpec& stack = spec.stack();
    const index_t h = spec.hidden_size, e = spec.embedding_width();
    v.matrix(Role::token_embedding, -1, spec.vocab_size, e, tokens);
    if (spec.position_table == PositionTable::learned)
      v.matrix(Role::position_embedding, -1, spec.max_positions + spec.position_offset,
               spec.projection == Projection::before_positions ? h : e, positions);
    if (spec.token_types) v.matrix(Role::type_embedding, -1, spec.token_types, e, types);
    if (spec.embedding_norm) visit_norm(v, Role::embedding_norm, spec.norm, e, embedding_norm);
    if (spec.projection != Projection::none)
      visit_linear(v, Role::embedding_projection, h, e, spec.projection_bias, embedding_projection);
    if (stack.has_relative_bias())
      v.vector(Role::relative_bias, -1, VectorPart::weight,
               index_t(stack.relative_buckets) * stack.kinds[0].attention.heads, relative_bias);
    resize(blocks, stack.weight_layers());
    for (int l = 0; l < stack.layers; ++l)
      if (!seen_before(stack, l)) {
        v.layer(stack.weights_index(l));
        blocks[std::size_t(stack.weights_index(l))].visit(spec, stack[l], v);
      }
    v.layer(-1);
    if (stack.final_norm) visit_norm(v, Role::final_norm, spec.norm, h, final_norm);
    if (spec.projection == Projection::before_positions)
      visit_linear(v, Role::head_projection, e, h, spec.projection_bias, head_projection);
    if (spec.pooling == Pooling::first_tanh) visit_linear(v, Role::pooler, h, h, true, pooler);
    visit_head(spec, v);
  }

 private:
  template <class V>
  void visit_head(const ModelSpec& spec, V& v) {
    const index_t h = spec.hidden_size, e = spec.embedding_width(), rows = spec.head_rows();
    const bool masked = spec.head == HeadKind::masked_language;
    if (spec.head_transform)
      visit_linear(v, masked ? Role::head_transform : Role::classifier_transform, masked ? e : h, h, true,
                   head_transform);
    if (masked) visit_norm(v, Role::head_norm, spec.norm, e, head_norm);
    if (masked || spec.head == HeadKind::language) {
      if (!(spec.tied && one_table)) v.matrix(Role::head, -1, rows, e, head.weight);
      if (spec.head_bias) v.vector(masked ? Role::head_bias : Role::head, -1, VectorPart::bias, rows, head.bias);
    } else if (spec.head != HeadKind::none) {
      const Role role = spec.head == HeadKind::sequence_class ? Role::classifier
                        : spec.head == HeadKind::token_class  ? Role::token_classifier
                                                              : Role::question_classifier;
      const bool narrow = spec.projection == Projection::before_positions;
      visit_linear(v, role, rows, narrow ? e : h, spec.head_bias, head);
    }
  }

  static bool seen_before(const StackSpec& stack, int layer) {
    for (int l = 0; l < layer; ++l)
      if (stack.weights_index(l) == stack.weights_index(layer)) return true;
    return false;
  }
};

}  // namespace skald
