// Norms, activations and sums against their formulas in double. For any kernel set.
#pragma once
#include <boost/test/unit_test.hpp>

#include "ops/test_ops.hpp"
#include "skald/spec/facts.hpp"

namespace test {

inline constexpr skald::NormKind all_norms[] = {skald::NormKind::layer, skald::NormKind::layer_plain,
                                                skald::NormKind::rms, skald::NormKind::rms_plus_one};
inline constexpr skald::Activation all_activations[] = {
    skald::Activation::identity,  skald::Activation::gelu,         skald::Activation::gelu_tanh,
    skald::Activation::gelu_fast, skald::Activation::quick_gelu,   skald::Activation::silu,
    skald::Activation::relu,      skald::Activation::relu_squared, skald::Activation::tanh};
inline constexpr index_t row_sizes[] = {1, 3, 17, 64, 65, 255, 257};

/// Norm of one row in double.
inline std::vector<double> exact_norm(const skald::NormSpec& spec, const Rows& x, index_t i, const float* w,
                                      const float* b) {
  using skald::NormKind;
  const index_t n = x.cols();
  const bool layer = spec.kind == NormKind::layer || spec.kind == NormKind::layer_plain;
  double mean = 0, squares = 0;
  for (index_t c = 0; layer && c < n; ++c) mean += double(x(i, c)) / double(n);
  for (index_t c = 0; c < n; ++c) squares += (x(i, c) - mean) * (x(i, c) - mean) / double(n);
  std::vector<double> y;
  for (index_t c = 0; c < n; ++c) {
    const double weight = w ? double(w[c]) + (spec.kind == NormKind::rms_plus_one) : 1.0;
    y.push_back((x(i, c) - mean) / std::sqrt(squares + double(spec.eps)) * weight + (b ? double(b[c]) : 0.0));
  }
  return y;
}

template <class K, class Q>
void check_norm(Q& q) {
  using skald::NormKind;
  for (NormKind kind : all_norms)
    for (index_t dim : row_sizes)
      for (index_t rows : {0, 1, 3, 4, 90})
        for (index_t weight_rows : {1, 3})
          for (bool bias : {false, true})
            for (bool in_place : {false, true}) {
              if (weight_rows == 3 && (rows % 3 || rows == 0)) continue;
              if (bias && kind != NormKind::layer) continue;
              const skald::NormSpec spec{kind, bias, dim % 2 ? 1e-5f : 0.25f};
              const std::vector<float> w = support::numbers(weight_rows * dim, 1, 0.5f, 1.5f),
                                       b = support::numbers(dim, 2);
              const bool plain = kind == NormKind::layer_plain;
              const Rows before(rows, dim, 3, -1, 3);
              Rows x = before, y(rows, dim, 4);
              Rows& out = in_place ? x : y;
              K::template norm<K>(q, skald::Ref<skald::NormSpec>{&spec}, plain ? nullptr : w.data(),
                                  bias ? b.data() : nullptr, weight_rows, x.view(), out.view());
              for (index_t i = 0; i < rows; ++i) {
                const float* row_weight = plain ? nullptr : w.data() + i % weight_rows * dim;
                const std::vector<double> expected = exact_norm(spec, before, i, row_weight, bias ? b.data() : nullptr);
                // One number cannot be centred: what is left of it is rounding, blown up by 1 / sqrt(eps).
                const bool layer = kind == NormKind::layer || plain;
                const double blown = layer ? 3 / std::sqrt(double(spec.eps)) : 1;
                const double most = dim == 1 ? blown : layer ? 12 : 6;
                for (index_t c = 0; c < dim; ++c)
                  BOOST_REQUIRE_LE(std::abs(out(i, c) - expected[std::size_t(c)]), half_unit * double(dim + 10) * most);
              }
              BOOST_REQUIRE(x.gaps_untouched() && y.gaps_untouched());
            }
}

/// With the sum of its parts' sizes: what its rounding is relative to.
inline std::pair<double, double> exact_activation(skald::Activation kind, double x) {
  using skald::Activation;
  const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
  const auto half_one_plus = [&](double t) { return std::pair(0.5 * x * (1 + t), std::abs(x)); };
  switch (kind) {
    case Activation::identity: return {x, 0};
    case Activation::gelu: return half_one_plus(std::erf(x / std::sqrt(2.0)));
    case Activation::gelu_tanh:
    case Activation::gelu_fast:
      return half_one_plus(std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
    case Activation::quick_gelu: return {x * sigmoid(1.702 * x), std::abs(x * sigmoid(1.702 * x)) * (2 + std::abs(x))};
    case Activation::silu: return {x * sigmoid(x), std::abs(x * sigmoid(x)) * (2 + std::abs(x))};
    case Activation::relu: return {x > 0 ? x : 0, 0};
    case Activation::relu_squared: return {x > 0 ? x * x : 0, x * x};
    case Activation::tanh: return {std::tanh(x), std::abs(std::tanh(x))};
  }
  return {x, 0};
}

/// x = f(x), and gate = f(gate) * up.
template <class K, class Q>
void check_activations(Q& q) {
  for (skald::Activation kind : all_activations)
    for (index_t dim : row_sizes)
      for (index_t rows : {0, 1, 3, 30}) {
        const Rows before(rows, dim, unsigned(dim), -8, 8), up_before(rows, dim, 9);
        Rows x = before, gate = before, up = up_before;
        K::template activate<K>(q, skald::Value<skald::Activation>{kind}, x.view());
        K::template activate_gated<K>(q, skald::Value<skald::Activation>{kind}, gate.view(), up.view());
        for (index_t i = 0; i < rows; ++i)
          for (index_t c = 0; c < dim; ++c) {
            const auto [expected, size] = exact_activation(kind, before(i, c));
            BOOST_REQUIRE_MESSAGE(std::abs(x(i, c) - expected) <= half_unit * 8 * size + 1e-37,
                                  int(kind) << " of " << before(i, c) << ": " << x(i, c) << ", not " << expected);
            BOOST_REQUIRE_LE(std::abs(gate(i, c) - expected * up_before(i, c)),
                             half_unit * (8 * size + std::abs(expected)) + 1e-37);
          }
        BOOST_REQUIRE(x.gaps_untouched() && gate.gaps_untouched());
        BOOST_REQUIRE(same_bits(up.values(), up_before.values()));
      }
}

template <class K, class Q>
void check_add(Q& q) {
  for (index_t dim : row_sizes)
    for (index_t rows : {0, 1, 3, 90})
      for (float scale : {1.0f, -0.3f}) {
        const Rows before(rows, dim, 5);
        Rows x(rows, dim, 6), y = before;
        K::template add<K>(q, x.view(), scale, y.view());
        for (index_t i = 0; i < rows; ++i)
          for (index_t c = 0; c < dim; ++c)
            BOOST_REQUIRE_LE(std::abs(y(i, c) - (double(before(i, c)) + double(scale) * x(i, c))), 2 * 2 * half_unit);
        BOOST_REQUIRE(y.gaps_untouched());
      }
}

}  // namespace test
