// y = x W^T + b where the machine may have no floating point: int8 weights meet inputs of eight bits.
#pragma once
#include "skald/ops/bare/int8_dots.hpp"
#include "skald/ops/reference/linear.hpp"

namespace skald::inline SKALD_ABI {

/// int8: y[o] = (CB[o] . codes) (SCB[o] / 127) (max |x| / 127) + b[o], the sum exact in 32 bits, rows of more than
/// Int8Input::most inputs in pieces that add up in float. Codes lie on the stack: about 1.2 KB. Other precisions are
/// ReferenceLinear's.
struct BareLinear : ReferenceLinear {
  using ReferenceLinear::dot;

  static float dot(std::type_identity<int8>, const Int8Parts& w, index_t cols, index_t row, const float* x) {
    float y = 0;
    multiply_rows(w, x, cols, row, row + 1, &y);
    return y;
  }

  template <class K, class Q, class Set, class Space>
  static void linear_selected(Q& q, const Weight<Set>* weights, index_t n,
                              typename Space::template ptr<std::int32_t> picks, index_t picks_per_row,
                              MatrixView<Space> x, MatrixView<Space> y) {
    if constexpr (!Set::template has<int8>)
      return ReferenceLinear::linear_selected<K>(q, weights, n, picks, picks_per_row, x, y);
    else
      for (index_t j = 0; j < y.rows; ++j) {
        Int8Parts parts;
        const float* const from = x.row(j / picks_per_row);
        if (int8_parts(weights[picks[j]], parts)) multiply_rows(parts, from, x.cols, 0, y.cols, y.row(j));
        else
          weights[picks[j]].visit([&](auto p, const auto& others) {
            for (index_t o = 0; o < y.cols; ++o) y.row(j)[o] = K::dot(p, others, x.cols, o, from);
          });
      }
  }

  template <class K, class Q, class Space, class... Sets>
  static void linear(Q& q, MatrixView<Space> x, const Product<Sets, Space>&... products) {
    (multiply_others<K>(q, x, products), ...);
    if constexpr ((Sets::template has<int8> || ...))
      for (index_t i = 0; i < x.rows; ++i) multiply_row(x.row(i), x.cols, i, products...);
  }

 private:
  template <class Set>
  static const Int8Parts* int8_parts(const Weight<Set>& weight, Int8Parts& to) {
    if constexpr (Set::template has<int8>)
      return weight.visit([&](auto p, const auto& parts) -> const Int8Parts* {
        if constexpr (std::is_same_v<typename decltype(p)::type, int8>) return &(to = parts);
        else return nullptr;
      });
    else return nullptr;
  }

  template <class K, class Q, class Set, class Space>
  static void multiply_others(Q& q, MatrixView<Space> x, const Product<Set, Space>& product) {
    Int8Parts parts;
    if (!int8_parts(*product.weight, parts)) ReferenceLinear::linear<K>(q, x, product);
  }

  /// Row i of x, in eight bits once for all products.
  template <class... Products>
  static void multiply_row(const float* x, index_t cols, index_t i, const Products&... products) {
    Int8Input input;
    for (index_t c = 0; c < cols; c += Int8Input::most) {
      input.assign(x + c, cols - c < Int8Input::most ? cols - c : Int8Input::most);
      const auto one = [&](const auto& product) {
        Int8Parts parts;
        if (int8_parts(*product.weight, parts))
          multiply(parts, input, c, 0, product.y.cols, product.bias, product.y.row(i));
      };
      (one(products), ...);
    }
  }

  /// Outputs [first, last) of one weight.
  static void multiply_rows(const Int8Parts& w, const float* x, index_t cols, index_t first, index_t last, float* y) {
    Int8Input input;
    for (index_t c = 0; c < cols; c += Int8Input::most) {
      input.assign(x + c, cols - c < Int8Input::most ? cols - c : Int8Input::most);
      multiply(w, input, c, first, last, nullptr, y);
    }
  }

  /// y[o] of columns [column, column + x.n); those before are in y already. `y` begins at output `first`.
  static void multiply(const Int8Parts& w, const Int8Input& x, index_t column, index_t first, index_t last,
                       const float* bias, float* y) {
    const float scale = x.scale * int8::inverse_127;
    for (index_t o = first; o < last;) {
      const index_t left = last - o < detail::int8_dots_most ? last - o : detail::int8_dots_most;
      const index_t rows = w.rows.contiguous() ? left : 1, stored = w.rows(o);
      std::int32_t sums[detail::int8_dots_most];
      detail::int8_dots(w.codes + stored * w.cols + column, w.cols, rows, x, sums);
      for (index_t r = 0; r < rows; ++r) {
        const float product = float(sums[r]) * (load<float>(w.row_absmax, stored + r) * scale);
        float& to = y[o - first + r];
        to = product + (column ? to : bias ? bias[o + r] : 0.0f);
      }
      o += rows;
    }
  }
};

}  // namespace skald
