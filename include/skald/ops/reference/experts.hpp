// Choosing experts for every token and adding up what they say.
#pragma once
#include "skald/ops/reference/standard_math.hpp"
#include "skald/ops/reference/sum.hpp"
#include "skald/spec/facts.hpp"
#include "skald/tensor/matrix_view.hpp"

namespace skald::inline SKALD_ABI {

struct ReferenceExperts {
  /// p = softmax(logits) in float; the experts_per_token largest (ties: the lower expert), in rising order of expert,
  /// with their p, divided by their sum when normalise_top.              // [n, experts] -> picks [n, k], weights [n,
  /// k]
  template <class K, class Q, class F, class Space>
  static void route(Q&, F fact, MatrixView<Space> logits, typename Space::template ptr<std::int32_t> picks,
                    typename Space::template ptr<float> weights) {
    const FeedForwardSpec& f = fact.get();
    const std::int32_t k = f.experts_per_token;
    for (index_t i = 0; i < logits.rows; ++i) {
      const float* row = logits.row(i);
      std::int32_t* pick = picks + i * k;
      float* weight = weights + i * k;
      float highest = row[0];
      for (std::int32_t e = 1; e < f.experts; ++e) highest = row[e] > highest ? row[e] : highest;
      const float total = chunked_sum(f.experts, [&](index_t e) { return math_of<K>::exp(row[e] - highest); });
      float sum = 0;
      std::int32_t n = 0;
      for (std::int32_t e = 0; e < f.experts; ++e) {
        std::int32_t larger = 0;
        for (std::int32_t o = 0; o < f.experts; ++o) larger += row[o] > row[e] || (row[o] == row[e] && o < e);
        if (larger >= k || n == k) continue;  // NaN would pick too many
        pick[n] = e;
        weight[n] = math_of<K>::exp(row[e] - highest) / total;
        sum += weight[n++];
      }
      if (f.normalise_top)
        for (std::int32_t j = 0; j < k; ++j) weight[j] /= sum;
    }
  }

  /// y[i] = sum_j weights[i, j] x[i * k + j], the experts in rising order.                // [n * k, dim] -> [n, dim]
  template <class K, class Q, class Space>
  static void combine(Q&, typename Space::template ptr<float> weights, MatrixView<Space> x, MatrixView<Space> y) {
    if (y.rows == 0) return;
    const index_t k = x.rows / y.rows;
    for (index_t i = 0; i < y.rows; ++i)
      for (index_t c = 0; c < y.cols; ++c) {
        float sum = 0;
        for (index_t j = 0; j < k; ++j) sum += weights[i * k + j] * x.row(i * k + j)[c];
        y.row(i)[c] = sum;
      }
  }
};

}  // namespace skald
