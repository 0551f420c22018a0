// Activations, on a matrix or as the gate of another.
#pragma once
#include "skald/ops/reference/standard_math.hpp"
#include "skald/spec/facts.hpp"
#include "skald/tensor/matrix_view.hpp"

namespace skald::inline SKALD_ABI {

template <class Math = StandardMath>
float sigmoid(float x) { return Math::sigmoid(x); }

/// The activation of one number. Always inlined: a constant kind leaves one branch, and one function of Math.
template <class Math = StandardMath>
[[gnu::always_inline]] inline float activate_one(Activation kind, float x) {
  switch (kind) {
    case Activation::identity: return x;
    case Activation::gelu: return x * 0.5f * (1.0f + Math::erf(x * 0.70710678118654752f));
    case Activation::gelu_tanh:
      return 0.5f * x * (1.0f + Math::tanh(0.79788456080286536f * (x + 0.044715f * x * x * x)));
    case Activation::gelu_fast:
      return 0.5f * x * (1.0f + Math::tanh(0.7978845608f * x * (1.0f + 0.044715f * x * x)));
    case Activation::quick_gelu: return x * sigmoid<Math>(1.702f * x);
    case Activation::silu: return x * sigmoid<Math>(x);
    case Activation::relu: return x > 0 ? x : 0.0f;
    case Activation::relu_squared: return x > 0 ? x * x : 0.0f;
    case Activation::tanh: return Math::tanh(x);
  }
  return x;
}

struct ReferenceActivation {
  /// x = f(x)
  template <class K, class Q, class F, class Space>
  static void activate(Q&, F fact, MatrixView<Space> x) {
    for (index_t i = 0; i < x.rows; ++i)
      for (index_t c = 0; c < x.cols; ++c) x.row(i)[c] = activate_one<math_of<K>>(fact.get(), x.row(i)[c]);
  }

  /// gate = f(gate) * up
  template <class K, class Q, class F, class Space>
  static void activate_gated(Q&, F fact, MatrixView<Space> gate, MatrixView<Space> up) {
    for (index_t i = 0; i < gate.rows; ++i)
      for (index_t c = 0; c < gate.cols; ++c)
        gate.row(i)[c] = activate_one<math_of<K>>(fact.get(), gate.row(i)[c]) * up.row(i)[c];
  }
};

}  // namespace skald
