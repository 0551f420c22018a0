// A backend whose bits do not depend on the batch, the threads or the instruction set.
#pragma once
#include <utility>

#include "skald/backend/backend.hpp"
#include "skald/ops/reference/kernels.hpp"

namespace skald::inline SKALD_ABI {

/// The plain kernels, each output in its own fixed order, spread over the queue's threads. Products add up in double:
/// a product of two floats is exact there, so it is all the same whether a compiler fuses it with the sum. The rest is
/// float32 in the order in which it stands; a program with -ffp-contract=off has the same bits for any -march, too.
struct ReproducibleKernels : ReferenceKernels {
  using ReferenceKernels::dot;

  static constexpr index_t strip = 16;   ///< outputs a thread takes at once
  static constexpr index_t most_rows = 8;

  template <class P>
  static float dot(std::type_identity<P>, const typename P::Parts& w, index_t cols, index_t row, const float* x) {
    float y = 0;
    dots<P>(w, cols, row, &x, 1, &y);
    return y;
  }

  /// y[i] = W[row] . x[i] for at most `most_rows` rows: eight sums of every eighth product, added pairwise.
  template <class P>
  static void dots(const typename P::Parts& w, index_t cols, index_t row, const float* const* x, index_t rows,
                   float* y) {
    constexpr index_t chunk = 256;
    double sums[most_rows][lanes] = {};
    float values[chunk], inputs[chunk];
    const detail::ProductParts<typename P::Parts> met(w);
    const ComputeType compute = detail::compute_type_of(w);
    for (index_t c = 0; c < cols; c += chunk) {
      const index_t n = cols - c < chunk ? cols - c : chunk;
      P::decode(met.parts, cols, row, c, values, n);
      for (index_t i = 0; i < rows; ++i) {
        const float* from = x[i] + c;
        if (compute != ComputeType::fp32) detail::round_inputs(compute, std::exchange(from, inputs), n, inputs);
        add_products(values, from, n, sums[i]);
      }
    }
    for (index_t i = 0; i < rows; ++i) {
      const double* const s = sums[i];
      y[i] = float(((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7])));
    }
  }

  template <class K, class Q, class Space, class... Sets>
  static void linear(Q& q, MatrixView<Space> x, const Product<Sets, Space>&... products) {
    const auto multiply = [&](const auto& product) {
      product.weight->visit([&](auto p, const auto& parts) {
        const index_t strips = (product.y.cols + strip - 1) / strip;
        spread(q, strips, x.rows * x.cols * product.y.cols, [&](index_t part, index_t) {
          const index_t last = (part + 1) * strip < product.y.cols ? (part + 1) * strip : product.y.cols;
          for (index_t first = 0; first < x.rows; first += most_rows) {
            const index_t rows = x.rows - first < most_rows ? x.rows - first : most_rows;
            const float* from[most_rows];
            float y[most_rows];
            for (index_t i = 0; i < rows; ++i) from[i] = x.row(first + i);
            for (index_t o = part * strip; o < last; ++o) {
              dots<typename decltype(p)::type>(parts, x.cols, o, from, rows, y);
              for (index_t i = 0; i < rows; ++i)
                product.y.row(first + i)[o] = y[i] + (product.bias ? product.bias[o] : 0.0f);
            }
          }
        });
      });
    };
    (multiply(products), ...);
  }

  template <class K, class Q, class F, class Rows, class Space>
  static void attention(Q& q, F fact, const Rows& rows, const AttentionCall<Space>& call) {
    ScratchScope scope(q);
    const std::int32_t heads = fact.get().heads;
    float* scores = q.template take<float>(q.workers() * call.context);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = rows[i];
      const index_t queries = index_t(row.count) * heads;
      spread(q, queries, 2 * queries * row.kv.length * fact.get().head_dim, [&](index_t part, index_t worker) {
        one_head(fact, call, row, std::int32_t(part / heads), std::int32_t(part % heads),
                 scores + worker * call.context);
      });
    }
  }

 private:
  static constexpr index_t lanes = 8;

  static void add_products(const float* values, const float* x, index_t n, double* sums) {
    double s[lanes];
    for (index_t j = 0; j < lanes; ++j) s[j] = sums[j];
    index_t i = 0;
    for (; i + lanes <= n; i += lanes)
#pragma GCC unroll 8  // sums in registers
      for (index_t j = 0; j < lanes; ++j) s[j] += double(values[i + j]) * double(x[i + j]);
    for (index_t j = 0; i + j < n; ++j) s[j] += double(values[i + j]) * double(x[i + j]);
    for (index_t j = 0; j < lanes; ++j) sums[j] = s[j];
  }

  template <class Q, class F>
  static void spread(Q& q, index_t parts, index_t cost, F&& f) {
    if constexpr (requires { q.parallel(parts, cost, f); }) q.parallel(parts, cost, f);
    else
      for (index_t part = 0; part < parts; ++part) f(part, index_t{0});
  }
};

/// `Reproducible<Cpu>{{.threads = 8}}`: the memory and threads of B, the kernels above. What it costs, the benches
/// print.
template <HeapBackend B>
  requires is_host<typename B::Space>
struct Reproducible : B {
  static constexpr const char* name = "reproducible";
  using Kernels = ReproducibleKernels;
};

}  // namespace skald
