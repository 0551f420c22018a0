// Small things done number by number or row by row.
#pragma once
#include "skald/ops/reference/activation.hpp"
#include "skald/tensor/matrix_view.hpp"

namespace skald::inline SKALD_ABI {

struct ReferenceElementwise {
  /// y += scale * x
  template <class K, class Q, class Space>
  static void add(Q&, MatrixView<Space> x, float scale, MatrixView<Space> y) {
    for (index_t i = 0; i < x.rows; ++i)
      for (index_t c = 0; c < x.cols; ++c) y.row(i)[c] += scale * x.row(i)[c];
  }

  template <class K, class Q, class Space>
  static void copy(Q&, MatrixView<Space> x, MatrixView<Space> y) {
    for (index_t i = 0; i < x.rows; ++i)
      for (index_t c = 0; c < x.cols; ++c) y.row(i)[c] = x.row(i)[c];
  }

  /// y[i] = x[rows[i]]                                                                         // [n, dim] -> [m, dim]
  template <class K, class Q, class Space>
  static void gather(Q&, MatrixView<Space> x, typename Space::template ptr<std::int32_t> rows, MatrixView<Space> y) {
    for (index_t i = 0; i < y.rows; ++i)
      for (index_t c = 0; c < x.cols; ++c) y.row(i)[c] = x.row(rows[i])[c];
  }

  /// x = max(-limit, min(limit, x))
  template <class K, class Q, class Space>
  static void clamp(Q&, float limit, MatrixView<Space> x) {
    for (index_t i = 0; i < x.rows; ++i)
      for (index_t c = 0; c < x.cols; ++c) {
        float& v = x.row(i)[c];
        v = v > limit ? limit : v < -limit ? -limit : v;
      }
  }

  /// x = x * scale, then cap * tanh(x / cap) when the cap is not 0. `F` gives the ModelSpec.
  template <class K, class Q, class F, class Space>
  static void scale_logits(Q&, F fact, MatrixView<Space> x) {
    const float scale = fact.get().logit_scale, cap = fact.get().logit_softcap;
    if (scale == 1.0f && cap == 0.0f) return;
    for (index_t i = 0; i < x.rows; ++i)
      for (index_t c = 0; c < x.cols; ++c) {
        const float v = x.row(i)[c] * scale;
        x.row(i)[c] = cap != 0.0f ? cap * math_of<K>::tanh(v / cap) : v;
      }
  }

  /// y[i] += sigmoid(gate[i]) * x[i]: a shared expert behind its own switch.             // [n, dim], [n, 1]
  template <class K, class Q, class Space>
  static void add_switched(Q&, MatrixView<Space> x, MatrixView<Space> gate, MatrixView<Space> y) {
    for (index_t i = 0; i < x.rows; ++i) {
      const float on = sigmoid<math_of<K>>(gate.row(i)[0]);
      for (index_t c = 0; c < x.cols; ++c) y.row(i)[c] += on * x.row(i)[c];
    }
  }
};

}  // namespace skald
