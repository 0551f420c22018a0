// A layer in double, as plainly as the formulas are written: the whole sequence at once, no cache.
#pragma once
#include <cmath>
#include <map>
#include <tuple>
#include <vector>

#include "skald/layers/block.hpp"
#include "skald/ops/reference/kernels.hpp"
#include "skald/precision/dense.hpp"
#include "support/matrices.hpp"

namespace test {

using skald::index_t;
using skald::Role;
using Numbers = std::vector<std::vector<double>>;  // [tokens][dim]

/// Fills what a layer lists with random numbers, and keeps them.
class RandomWeights {
 public:
  template <class Set>
  void matrix(Role role, int expert, index_t rows, index_t cols, skald::Weight<Set>& slot) {
    auto& m = matrices_[{role, expert}];
    m = {support::numbers(rows * cols, seed_++, -0.4f, 0.4f), rows, cols};
    slot.template set<skald::fp32>({reinterpret_cast<const std::byte*>(m.values.data()), cols, 1, {}});
  }
  void vector(Role role, int, skald::VectorPart part, index_t n, const float*& slot) {
    auto& v = vectors_[{role, part}];
    v = support::numbers(n, seed_++, part == skald::VectorPart::weight ? 0.5f : -0.5f,
                         part == skald::VectorPart::weight ? 1.5f : 0.5f);
    slot = v.data();
  }

  /// W x + b, b where there is one.
  Numbers linear(Role role, const Numbers& x, int expert = -1) const {
    const auto& m = matrices_.at({role, expert});
    const auto bias = vectors_.find({role, skald::VectorPart::bias});
    Numbers y;
    for (const auto& row : x) {
      y.emplace_back();
      for (index_t o = 0; o < m.rows; ++o) {
        double sum = bias == vectors_.end() ? 0 : double(bias->second[std::size_t(o)]);
        for (index_t c = 0; c < m.cols; ++c) sum += double(m.values[std::size_t(o * m.cols + c)]) * row[std::size_t(c)];
        y.back().push_back(sum);
      }
    }
    return y;
  }

  /// Over pieces of `width`; piece i of a row takes weights from i * width where they are that many, else from 0.
  Numbers norm(Role role, const skald::NormSpec& spec, Numbers x, std::size_t width) const {
    const auto& w = vectors_.at({role, skald::VectorPart::weight});
    const auto b = vectors_.find({role, skald::VectorPart::bias});
    for (auto& row : x)
      for (std::size_t from = 0; from < row.size(); from += width) {
        double mean = 0, squares = 0;
        if (spec.kind == skald::NormKind::layer)
          for (std::size_t i = 0; i < width; ++i) mean += row[from + i] / double(width);
        for (std::size_t i = 0; i < width; ++i) squares += std::pow(row[from + i] - mean, 2) / double(width);
        for (std::size_t i = 0; i < width; ++i) {
          const std::size_t at = w.size() == width ? i : from + i;
          const double one = spec.kind == skald::NormKind::rms_plus_one ? 1 : 0;
          row[from + i] = (row[from + i] - mean) / std::sqrt(squares + double(spec.eps)) * (one + double(w[at])) +
                          (b == vectors_.end() ? 0 : double(b->second[at]));
        }
      }
    return x;
  }

 private:
  struct Matrix {
    std::vector<float> values;
    index_t rows = 0, cols = 0;
  };
  std::map<std::pair<Role, int>, Matrix> matrices_;
  std::map<std::pair<Role, skald::VectorPart>, std::vector<float>> vectors_;
  unsigned seed_ = 1;
};

class BlockTwin {
 public:
  BlockTwin(const skald::ModelSpec& spec, const skald::BlockSpec& block, const RandomWeights& weights)
      : spec_(spec), block_(block), w_(weights) {}

  /// The hidden states after the layer, positions counted from 0.
  Numbers run(Numbers x, int layer) const {
    using namespace skald;
    const auto norm = [&](Role role, const Numbers& v) { return w_.norm(role, spec_.norm, v, v[0].size()); };
    const double scale = double(block_.residual_scale);
    if (block_.parallel) {
      const Numbers first = norm(Role::attention_in_norm, x);
      const Numbers second = block_.shared_norm ? first : norm(Role::feed_forward_in_norm, x);
      const Numbers a = attention(first, layer), f = feed_forward(second);
      for (std::size_t t = 0; t < x.size(); ++t)
        for (std::size_t c = 0; c < x[t].size(); ++c) x[t][c] += scale * a[t][c] + scale * f[t][c];
      return x;
    }
    for (bool second : {false, true}) {
      Numbers in = x;
      if (block_.has(second ? feed_forward_in : attention_in))
        in = norm(second ? Role::feed_forward_in_norm : Role::attention_in_norm, x);
      Numbers out = second ? feed_forward(in) : attention(in, layer);
      if (block_.has(second ? feed_forward_out : attention_out))
        out = norm(second ? Role::feed_forward_out_norm : Role::attention_out_norm, out);
      if (block_.residual_from_norm) x = in;
      for (std::size_t t = 0; t < x.size(); ++t)
        for (std::size_t c = 0; c < x[t].size(); ++c) x[t][c] += scale * out[t][c];
      if (block_.has(second ? feed_forward_sum : attention_sum))
        x = norm(second ? Role::feed_forward_sum_norm : Role::attention_sum_norm, x);
    }
    return x;
  }

 private:
  void rotate(Numbers& x) const {
    const skald::RopeSpec& r = spec_.ropes[block_.attention.rope];
    const std::size_t half = std::size_t(r.dim) / 2, width = std::size_t(block_.attention.head_dim);
    for (std::size_t t = 0; t < x.size(); ++t)
      for (std::size_t from = 0; from < x[t].size(); from += width)
        for (std::size_t i = 0; i < half; ++i) {
          const bool halves = r.pairs == skald::RopePairs::halves;
          double &a = x[t][from + (halves ? i : 2 * i)], &b = x[t][from + (halves ? i + half : 2 * i + 1)];
          const double angle = double(t) * std::pow(double(r.theta), -2.0 * double(i) / r.dim), before = a;
          a = before * std::cos(angle) - b * std::sin(angle);
          b = b * std::cos(angle) + before * std::sin(angle);
        }
  }

  Numbers attention(const Numbers& x, int layer) const {
    using namespace skald;
    const AttentionSpec& a = block_.attention;
    Numbers q = w_.linear(Role::query, x), k = w_.linear(Role::key, x), v = w_.linear(Role::value, x);
    if (a.clip_qkv != 0.0f)
      for (Numbers* m : {&q, &k, &v})
        for (auto& row : *m)
          for (double& n : row) n = std::clamp(n, -double(a.clip_qkv), double(a.clip_qkv));
    const auto width = std::size_t(a.head_dim);
    if (a.qk_norm != QkNorm::none) {
      const bool whole = a.qk_norm == QkNorm::whole;
      q = w_.norm(Role::query_norm, a.qk_norm_spec, q, whole ? q[0].size() : width);
      k = w_.norm(Role::key_norm, a.qk_norm_spec, k, whole ? k[0].size() : width);
    }
    if (a.position == Position::rope) rotate(q), rotate(k);
    const double scale = double(a.scale) / (a.scale_by_layer ? layer + 1 : 1);
    Numbers mixed(x.size(), std::vector<double>(std::size_t(a.q_width())));
    for (std::size_t t = 0; t < x.size(); ++t)
      for (std::size_t h = 0; h < std::size_t(a.heads); ++h) {
        const std::size_t g = h / std::size_t(a.heads / a.kv_heads);
        std::vector<double> p;
        double total = 0;
        for (std::size_t key = 0; key < x.size(); ++key) {
          const auto distance = std::ptrdiff_t(t) - std::ptrdiff_t(key);
          const bool seen = a.causal ? distance >= 0 && (!a.window || distance < a.window)
                                     : !a.window || std::abs(distance) < a.window;
          double s = 0;
          for (std::size_t i = 0; i < width; ++i) s += q[t][h * width + i] * k[key][g * width + i];
          s *= scale;
          if (a.softcap != 0.0f) s = double(a.softcap) * std::tanh(s / double(a.softcap));
          if (a.position == Position::alibi) s += std::exp2(-8.0 * double(h + 1) / a.heads) * double(key);
          p.push_back(seen ? std::exp(s) : 0);
          total += p.back();
        }
        for (std::size_t key = 0; key < x.size(); ++key)
          for (std::size_t i = 0; i < width; ++i) mixed[t][h * width + i] += p[key] / total * v[key][g * width + i];
      }
    return w_.linear(Role::attention_output, mixed);
  }

  Numbers activated(Numbers gate, const Numbers& up) const {
    for (std::size_t t = 0; t < gate.size(); ++t)
      for (std::size_t c = 0; c < gate[t].size(); ++c) {
        const double g = gate[t][c];
        const bool gelu = block_.feed_forward.activation == skald::Activation::gelu;
        gate[t][c] = (gelu ? g * 0.5 * (1 + std::erf(g / std::sqrt(2.0))) : g / (1 + std::exp(-g))) *
                     (up.empty() ? 1.0 : up[t][c]);
      }
    return gate;
  }

  Numbers feed_forward(const Numbers& x) const {
    using namespace skald;
    const FeedForwardSpec& f = block_.feed_forward;
    if (f.kind == FeedForward::plain) return w_.linear(Role::down, activated(w_.linear(Role::up, x), {}));
    if (f.kind == FeedForward::gated)
      return w_.linear(Role::down, activated(w_.linear(Role::gate, x), w_.linear(Role::up, x)));
    const Numbers scores = w_.linear(Role::router, x);
    Numbers y;
    for (std::size_t t = 0; t < x.size(); ++t) {
      std::vector<int> order;
      double all = 0, chosen = 0;
      for (int e = 0; e < f.experts; ++e) order.push_back(e), all += std::exp(scores[t][std::size_t(e)]);
      std::sort(order.begin(), order.end(),
                [&](int a, int b) { return scores[t][std::size_t(a)] > scores[t][std::size_t(b)]; });
      order.resize(std::size_t(f.experts_per_token));
      for (int e : order) chosen += std::exp(scores[t][std::size_t(e)]);
      y.emplace_back(x[t].size());
      const Numbers token{x[t]};
      for (int e : order) {
        const Numbers inner = activated(w_.linear(Role::expert_gate, token, e), w_.linear(Role::expert_up, token, e));
        const Numbers said = w_.linear(Role::expert_down, inner, e);
        const double share = std::exp(scores[t][std::size_t(e)]) / (f.normalise_top ? chosen : all);
        for (std::size_t c = 0; c < x[t].size(); ++c) y[t][c] += share * said[0][c];
      }
      if (!f.shared_inner) continue;
      const Numbers said = w_.linear(Role::shared_down,
                                     activated(w_.linear(Role::shared_gate, token), w_.linear(Role::shared_up, token)));
      const double on = f.shared_gate ? 1 / (1 + std::exp(-w_.linear(Role::shared_router, token)[0][0])) : 1;
      for (std::size_t c = 0; c < x[t].size(); ++c) y[t][c] += on * said[0][c];
    }
    return y;
  }

  const skald::ModelSpec& spec_;
  const skald::BlockSpec& block_;
  const RandomWeights& w_;
};

}  // namespace test
