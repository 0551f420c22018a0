// Feed-forwards with their weights: plain, gated, mixtures of experts.
#pragma once
#include "skald/layers/step_context.hpp"
#include "skald/layers/linear.hpp"
#include "skald/ops/reference/kernels.hpp"

namespace skald::inline SKALD_ABI {

/// plain: down(f(up x)); gated: down(f(gate x) * up x); experts: sum of the chosen experts' gated ones, and a shared
/// one. `Experts` is their number, or at_load.
template <class Set, int Experts>
struct FeedForwardLayer {
  Linear<Set> gate, up, down;
  Weight<Set> router, shared_router;
  List<Weight<Set>, Experts> expert_gate, expert_up, expert_down;

  template <class V>
  void visit(const ModelSpec& spec, const FeedForwardSpec& f, V& v) {
    const index_t h = spec.hidden_size, n = f.inner;
    if (f.kind != FeedForward::experts) {
      if (f.kind == FeedForward::gated) visit_linear(v, Role::gate, n, h, f.in_bias, gate);
      visit_linear(v, Role::up, n, h, f.in_bias, up);
      visit_linear(v, Role::down, h, n, f.out_bias, down);
      return;
    }
    v.matrix(Role::router, -1, f.experts, h, router);
    for (auto* list : {&expert_gate, &expert_up, &expert_down}) resize(*list, f.experts);
    for (int e = 0; e < f.experts; ++e) {
      v.matrix(Role::expert_gate, e, n, h, expert_gate[std::size_t(e)]);
      v.matrix(Role::expert_up, e, n, h, expert_up[std::size_t(e)]);
      v.matrix(Role::expert_down, e, h, n, expert_down[std::size_t(e)]);
    }
    if (f.shared_inner) {
      visit_linear(v, Role::shared_gate, f.shared_inner, h, false, gate);
      visit_linear(v, Role::shared_up, f.shared_inner, h, false, up);
      visit_linear(v, Role::shared_down, h, f.shared_inner, false, down);
      if (f.shared_gate) v.matrix(Role::shared_router, -1, 1, h, shared_router);
    }
  }

  /// `fact` gives the FeedForwardSpec.                                                    // [n, H] -> [n, H]
  template <class Context, class F>
  void forward(Context& c, F fact, typename Context::Matrix x, typename Context::Matrix y) const {
    const FeedForwardSpec& f = fact.get();
    ScratchScope scope(c.q);
    if (f.kind == FeedForward::experts) return mix(c, fact, x, y);
    if (f.kind == FeedForward::gated) return gated(c, fact, f.inner, x, y);
    using K = typename Context::Kernels;
    auto inner = c.take(x.rows, f.inner);
    K::template linear<K>(c.q, x, up.to(inner));
    K::template activate<K>(c.q, field<&FeedForwardSpec::activation>(fact), inner);
    K::template linear<K>(c.q, inner, down.to(y));
  }

 private:
  template <class Context, class F>
  void gated(Context& c, F fact, index_t width, typename Context::Matrix x, typename Context::Matrix y) const {
    using K = typename Context::Kernels;
    auto g = c.take(x.rows, width), u = c.take(x.rows, width);
    K::template linear<K>(c.q, x, gate.to(g), up.to(u));
    K::template activate_gated<K>(c.q, field<&FeedForwardSpec::activation>(fact), g, u);
    K::template linear<K>(c.q, g, down.to(y));
  }

  template <class Context, class F>
  void mix(Context& c, F fact, typename Context::Matrix x, typename Context::Matrix y) const {
    using K = typename Context::Kernels;
    auto& q = c.q;
    const FeedForwardSpec& f = fact.get();
    const index_t k = f.experts_per_token, picked = x.rows * k;
    auto scores = c.take(x.rows, f.experts);
    auto picks = q.template take<std::int32_t>(picked);
    auto weights = q.template take<float>(picked);
    auto g = c.take(picked, f.inner), u = c.take(picked, f.inner), parts = c.take(picked, y.cols);
    K::template linear<K>(q, x, Product{&router, nullptr, scores});
    K::template route<K>(q, fact, scores, picks, weights);
    K::template linear_selected<K>(q, expert_gate.data(), f.experts, picks, k, x, g);
    K::template linear_selected<K>(q, expert_up.data(), f.experts, picks, k, x, u);
    K::template activate_gated<K>(q, field<&FeedForwardSpec::activation>(fact), g, u);
    K::template linear_selected<K>(q, expert_down.data(), f.experts, picks, 1, g, parts);
    K::template combine<K>(q, weights, parts, y);
    if (!f.shared_inner) return;
    auto shared = c.take(x.rows, y.cols);
    gated(c, fact, f.shared_inner, x, shared);
    if (!f.shared_gate) return K::template add<K>(q, shared, 1.0f, y);
    auto on = c.take(x.rows, 1);
    K::template linear<K>(q, x, Product{&shared_router, nullptr, on});
    K::template add_switched<K>(q, shared, on, y);
  }
};

}  // namespace skald
