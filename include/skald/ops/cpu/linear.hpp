// y = x W^T + b: strips of outputs over the threads. Few rows are dotted, many go through Eigen.
#pragma once
#include <Eigen/Core>
#include <algorithm>

#include "skald/ops/cpu/simd.hpp"
#include "skald/ops/reference/linear.hpp"
#include "skald/precision/dense.hpp"

namespace skald::inline SKALD_ABI {

struct CpuLinear : ReferenceLinear {
  using ReferenceLinear::dot;

  static constexpr index_t strip = 64;       ///< outputs a thread takes at once: fixed, so results do not depend on threads
  static constexpr index_t depth = 256;      ///< inputs decoded at once: a strip of them stays in the second-level cache
  static constexpr index_t few_rows = 4;     ///< below this many rows dots beat a product

  /// Decode in pieces that stay in the first-level cache, then multiply.
  template <class P>
  static float dot(std::type_identity<P>, const typename P::Parts& w, index_t cols, index_t row, const float* x) {
    float sum = 0;
    alignas(64) float values[depth];
    for (index_t c = 0; c < cols; c += depth) {
      const index_t n = std::min(depth, cols - c);
      P::decode(w, cols, row, c, values, n);
      sum += simd::dot(values, x + c, n);
    }
    return sum;
  }

  static float dot(std::type_identity<fp32>, const DenseParts& w, index_t cols, index_t row, const float* x) {
    const float* from = plain_rows(w);
    if (!from) return dot<fp32>(std::type_identity<fp32>{}, w, cols, row, x);
    return simd::dot(from + w.rows(row) * w.row_stride, x, cols);
  }

  template <class K, class Q, class Set, class Space>
  static void linear(Q& q, const Weight<Set>& weight, const float* bias, MatrixView<Space> x, MatrixView<Space> y) {
    weight.visit([&](auto p, const auto& parts) {
      q.parallel((y.cols + strip - 1) / strip, [&](index_t part, index_t) {
        const index_t first = part * strip, last = std::min(y.cols, first + strip);
        strip_of<K>(p, parts, x, y, first, last);
        if (bias)
          for (index_t i = 0; i < y.rows; ++i)
            for (index_t o = first; o < last; ++o) y.row(i)[o] += bias[o];
      });
    });
  }

  /// Rows are grouped by the weight they picked, so that each weight is read once.
  template <class K, class Q, class Set, class Space>
  static void linear_selected(Q& q, const Weight<Set>* weights, index_t count, const std::int32_t* picks,
                              index_t picks_per_row, MatrixView<Space> x, MatrixView<Space> y) {
    const index_t strips = (y.cols + strip - 1) / strip;
    q.parallel(count * strips, [&](index_t part, index_t) {
      const index_t e = part / strips, first = part % strips * strip, last = std::min(y.cols, first + strip);
      for (index_t j = 0; j < y.rows; ++j)
        if (picks[j] == e)
          weights[e].visit([&](auto p, const auto& parts) {
            for (index_t o = first; o < last; ++o) y.row(j)[o] = K::dot(p, parts, x.cols, o, x.row(j / picks_per_row));
          });
    });
  }

 private:
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Stride = Eigen::OuterStride<>;
  using In = Eigen::Map<const Matrix, 0, Stride>;
  using Out = Eigen::Map<Matrix, 0, Stride>;

  /// The floats themselves, where rows of them lie one after the other at a float's alignment.
  static const float* plain_rows(const DenseParts& w) {
    const bool aligned = reinterpret_cast<std::uintptr_t>(w.data) % alignof(float) == 0;
    return aligned && w.col_stride == 1 ? reinterpret_cast<const float*>(w.data) : nullptr;
  }
  static const float* plain_columns(const DenseParts& w) {
    const bool aligned = reinterpret_cast<std::uintptr_t>(w.data) % alignof(float) == 0;
    return aligned && w.row_stride == 1 && w.rows.contiguous() ? reinterpret_cast<const float*>(w.data) : nullptr;
  }

  template <class K, class P, class Parts, class Space>
  static void strip_of(std::type_identity<P> p, const Parts& w, MatrixView<Space> x, MatrixView<Space> y, index_t first,
                       index_t last) {
    if constexpr (std::is_same_v<Parts, DenseParts>)
      if (w.row_stride == 1 && w.rows.contiguous()) return transposed_strip<P>(w, x, y, first, last);
    if (x.rows < few_rows) {
      for (index_t o = first; o < last; ++o)
        for (index_t i = 0; i < x.rows; ++i) y.row(i)[o] = K::dot(p, w, x.cols, o, x.row(i));
      return;
    }
    Out out(y.row(0) + first, y.rows, last - first, Stride(y.stride));
    if constexpr (std::is_same_v<P, fp32>)
      if (const float* from = plain_rows(w); from && w.rows.contiguous()) {
        const In in(x.data, x.rows, x.cols, Stride(x.stride));
        const In rows(from + (w.rows.first + first) * w.row_stride, last - first, x.cols, Stride(w.row_stride));
        out.noalias() = in * rows.transpose();
        return;
      }
    alignas(64) float values[strip * depth];
    out.setZero();
    for (index_t c = 0; c < x.cols; c += depth) {
      const index_t n = std::min(depth, x.cols - c);
      for (index_t o = first; o < last; ++o) P::decode(w, x.cols, o, c, values + (o - first) * depth, n);
      const In in(x.data + c, x.rows, n, Stride(x.stride)), rows(values, last - first, n, Stride(depth));
      out.noalias() += in * rows.transpose();
    }
  }

  /// Stored [in, out] (Conv1D): outputs lie side by side, so a strip is summed input by input.
  template <class P, class Space>
  static void transposed_strip(const DenseParts& w, MatrixView<Space> x, MatrixView<Space> y, index_t first, index_t last) {
    const index_t n = last - first;
    if constexpr (std::is_same_v<P, fp32>)
      if (const float* from = plain_columns(w); from && x.rows >= few_rows) {
        const In in(x.data, x.rows, x.cols, Stride(x.stride));
        const In columns(from + w.rows.first + first, x.cols, n, Stride(w.col_stride));
        Out(y.row(0) + first, y.rows, n, Stride(y.stride)).noalias() = in * columns;
        return;
      }
    alignas(64) float values[strip];
    for (index_t i = 0; i < y.rows; ++i) std::fill_n(y.row(i) + first, n, 0.0f);
    for (index_t c = 0; c < x.cols; ++c) {
      // One stored row of the strip, read as if it were a row of the untransposed matrix.
      const DenseParts column{w.data, w.col_stride, 1, {}};
      P::decode(column, 0, c, w.rows.first + first, values, n);
      for (index_t i = 0; i < x.rows; ++i) simd::axpy(n, x.row(i)[c], values, y.row(i) + first);
    }
  }
};

}  // namespace skald
