// y = x W^T + b in every precision, by decode and multiply.
#pragma once
#include <utility>

#include "skald/ops/reference/llm_int8.hpp"
#include "skald/ops/reference/round_inputs.hpp"
#include "skald/ops/reference/sum.hpp"
#include "skald/precision/dense.hpp"
#include "skald/precision/weight.hpp"
#include "skald/tensor/product.hpp"

namespace skald::inline SKALD_ABI {

/// The plain twins. `K` is the kernel set of the backend in use, so that a user's `dot` for a user's precision is
/// found.
struct ReferenceLinear {
  /// W[row, :] . x in float, 64 products a chunk. A kernel set overloads this for the precisions it knows better.
  template <class P>
  static float dot(std::type_identity<P>, const typename P::Parts& w, index_t cols, index_t row, const float* x) {
    const detail::ProductParts<typename P::Parts> met(w);
    const ComputeType compute = detail::compute_type_of(w);
    float sum = 0, values[64], inputs[64];
    for (index_t c = 0; c < cols; c += 64) {
      const index_t n = cols - c < 64 ? cols - c : 64;
      const float* from = x + c;
      if (compute != ComputeType::fp32) detail::round_inputs(compute, std::exchange(from, inputs), n, inputs);
      P::decode(met.parts, cols, row, c, values, n);
      float part = 0;
      for (index_t i = 0; i < n; ++i) part += values[i] * from[i];
      sum += part;
    }
    return sum;
  }

  /// y[i, o] = W[o, :] . x[i, :] + bias[o], for every product of the same x.                // [n, in] -> [n, out]
  template <class K, class Q, class Space, class... Sets>
  static void linear(Q& q, MatrixView<Space> x, const Product<Sets, Space>&... products) {
    (multiply<K>(q, x, products), ...);
  }

  /// y[j] = W[picks[j]] x[j / picks_per_row]: one weight out of many for every row.   // [n, in] -> [n * picks_per_row,
  /// out]
  template <class K, class Q, class Set, class Space>
  static void linear_selected(Q&, const Weight<Set>* weights, index_t, typename Space::template ptr<std::int32_t> picks,
                              index_t picks_per_row, MatrixView<Space> x, MatrixView<Space> y) {
    for (index_t j = 0; j < y.rows; ++j)
      weights[picks[j]].visit([&](auto p, const auto& parts) {
        for (index_t o = 0; o < y.cols; ++o) y.row(j)[o] = K::dot(p, parts, x.cols, o, x.row(j / picks_per_row));
      });
  }

  /// y[i] = scale * W[ids[i] + offset], or y[i] += ... when `add`; null ids: all 0.             // [n] -> [n, dim]
  template <class K, class Q, class Set, class Space>
  static void embed(Q&, const Weight<Set>& table, typename Space::template ptr<std::int32_t> ids, index_t offset,
                    float scale, bool add, MatrixView<Space> y) {
    table.visit([&](auto p, const auto& parts) {
      using P = typename decltype(p)::type;
      float values[64];
      for (index_t i = 0; i < y.rows; ++i)
        for (index_t c = 0; c < y.cols; c += 64) {
          const index_t n = y.cols - c < 64 ? y.cols - c : 64;
          P::decode(parts, y.cols, (ids ? ids[i] : 0) + offset, c, values, n);
          for (index_t j = 0; j < n; ++j) y.row(i)[c + j] = scale * values[j] + (add ? y.row(i)[c + j] : 0.0f);
        }
    });
  }

 protected:
  /// The rows as LLM.int8() multiplies them, where these are weights that ask for it; else no codes.
  template <class Q, class Set>
  static Int8Rows int8_rows(Q& q, const Weight<Set>& weight, MatrixView<Host> x) {
    if constexpr (Set::template has<int8> && requires { q.room(std::size_t{}); })
      return weight.visit([&](auto p, const auto& parts) {
        if constexpr (std::is_same_v<typename decltype(p)::type, int8>)
          if (parts.llm_int8_threshold >= 0)
            if (std::byte* const room = q.room(Int8Rows::bytes(x.rows, x.cols)))
              return Int8Rows::quantise(x, parts.llm_int8_threshold, room);
        return Int8Rows{};
      });
    else return {};
  }

 private:
  template <class K, class Q, class Set, class Space>
  static void multiply(Q& q, MatrixView<Space> x, const Product<Set, Space>& product) {
    const Int8Rows rows = int8_rows(q, *product.weight, x);
    product.weight->visit([&](auto p, const auto& parts) {
      if constexpr (std::is_same_v<typename decltype(p)::type, int8>)
        if (rows.codes) return llm_int8(parts, rows, 0, product.y.cols, product.bias, product.y);
      for (index_t i = 0; i < x.rows; ++i)
        for (index_t o = 0; o < product.y.cols; ++o)
          product.y.row(i)[o] = K::dot(p, parts, x.cols, o, x.row(i)) + (product.bias ? product.bias[o] : 0.0f);
    });
  }
};

}  // namespace skald
