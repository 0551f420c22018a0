// y = x W^T + b in every precision, as views of every kind, against sums in double. For any kernel set.
#pragma once
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "ops/test_ops.hpp"
#include "skald/ops/reference/linear.hpp"
#include "skald/tensor/product.hpp"

namespace test {

/// One product: the parts to multiply by and the numbers they stand for, [out, in].
template <class P>
struct Product {
  typename P::Parts parts;
  std::vector<float> weights;
  index_t in, out;
};

/// Any order of `in` additions in float, and a few more, is as near to the sum in double as this times sum |w x|.
inline double sum_tolerance(index_t in) { return half_unit * double(in + 8); }

/// Whether y[i] is W x[i] + bias.
template <class P>
void check_product(const Product<P>& w, const Rows& x, const std::vector<float>& bias, const Rows& y) {
  for (index_t i = 0; i < x.rows(); ++i)
    for (index_t o = 0; o < w.out; ++o) {
      double sum = bias.empty() ? 0 : double(bias[std::size_t(o)]), size = std::abs(sum);
      for (index_t c = 0; c < w.in; ++c) {
        const double product = double(w.weights[std::size_t(o * w.in + c)]) * x(i, c);
        sum += product;
        size += std::abs(product);
      }
      BOOST_REQUIRE_MESSAGE(std::abs(y(i, o) - sum) <= sum_tolerance(w.in) * size + 1e-30,
                            P::name << " [" << w.out << ", " << w.in << "] of " << x.rows() << " rows: y(" << i << ", "
                                    << o << ") is " << y(i, o) << ", not " << sum);
    }
  BOOST_REQUIRE(y.gaps_untouched());
}

template <class K, class Set, class P, class Q>
void run_product(Q& q, const Product<P>& w, index_t rows, bool with_bias) {
  Rows x(rows, w.in, unsigned(7 * rows + w.in)), y(rows, w.out, 1);
  const std::vector<float> bias = with_bias ? support::numbers(w.out, 3) : std::vector<float>();
  skald::Weight<Set> weight;
  weight.template set<P>(w.parts);
  K::template linear<K>(q, x.view(), skald::Product{&weight, with_bias ? bias.data() : nullptr, y.view()});
  check_product(w, x, bias, y);
}

/// All of it, a shifted part of it, and groups of its rows, the values at `offset` bytes behind an aligned address.
template <class K, class Set, class P, class Q>
void run_views(Q& q, index_t in, index_t out, index_t rows, std::size_t offset) {
  const std::vector<float> values = support::numbers(in * out, unsigned(in + 1000 * out));
  const support::Encoded<P> matrix(values, out, in, offset);
  const std::vector<float> all = matrix.values();
  run_product<K, Set>(q, Product<P>{matrix.parts(), all, in, out}, rows, false);
  run_product<K, Set>(q, Product<P>{matrix.parts(), all, in, out}, rows, true);
  if constexpr (requires(typename P::Parts p) { p.rows; })
    for (const skald::RowMap& map : {skald::RowMap{out / 3, 0, 0}, skald::RowMap{out / 5, 3, 5}}) {
      const index_t taken = map.group ? std::max<index_t>(0, (out - map.first) / 5) * 3 : out - map.first;
      typename P::Parts parts = matrix.parts();
      parts.rows = map;
      run_product<K, Set>(q, Product<P>{parts, support::picked(all, in, map, taken), in, taken}, rows, true);
    }
}

/// Stored [in, out], as Conv1D does: all of it, a part of its outputs, and groups of them.
template <class K, class Set, class P, class Q>
void run_transposed(Q& q, index_t in, index_t out, index_t rows, std::size_t offset) {
  const std::vector<float> values = support::numbers(in * out, unsigned(in + 1000 * out));
  const support::Encoded<P> matrix(values, in, out, offset);
  const std::vector<float> stored = matrix.values();
  std::vector<float> all;
  for (index_t o = 0; o < out; ++o)
    for (index_t c = 0; c < in; ++c) all.push_back(stored[std::size_t(c * out + o)]);
  for (const skald::RowMap& map : {skald::RowMap{}, skald::RowMap{out / 3, 0, 0}, skald::RowMap{out / 5, 3, 5}}) {
    const index_t taken = map.group ? std::max<index_t>(0, (out - map.first) / 5) * 3 : out - map.first;
    const skald::DenseParts parts{matrix.parts().data, 1, out, map};
    run_product<K, Set>(q, Product<P>{parts, support::picked(all, in, map, taken), in, taken}, rows, taken % 2 == 0);
  }
}

/// Sizes around the widths of registers, chunks and strips.
inline constexpr index_t awkward[] = {1, 3, 17, 64, 65, 255, 257};
inline constexpr index_t few_rows[] = {0, 1, 3, 4, 9};

template <class K, class Q>
void check_linear(Q& q) {
  for (index_t in : awkward)
    for (index_t out : awkward)
      for (index_t rows : few_rows) {
        if (in * out * rows > 300000) continue;  // one of the large sides is enough
        for_precisions([&](auto p) {
          using P = typename decltype(p)::type;
          run_views<K, AllPrecisions, P>(q, in, out, rows, 1);
        });
      }
  for (std::size_t offset : {0, 2, 4})  // floats that lie as floats should, or nearly
    for (index_t in : {3, 65, 255})
      for (index_t rows : few_rows) {
        run_views<K, skald::OneOf<skald::fp32>, skald::fp32>(q, in, 130, rows, offset);
        run_transposed<K, skald::OneOf<skald::fp32>, skald::fp32>(q, in, 130, rows, offset);
        run_transposed<K, AllPrecisions, skald::bf16>(q, in, 67, rows, offset + 1);
        run_transposed<K, AllPrecisions, skald::fp16>(q, in, 1, rows, offset + 1);
        run_transposed<K, AllPrecisions, skald::fp32>(q, 1, in, rows, offset);
      }
}

/// One weight out of several for every row, the weights of different precisions.
template <class K, class Q>
void check_linear_selected(Q& q) {
  for (index_t in : {3, 65, 257})
    for (index_t out : {1, 64, 67})
      for (index_t tokens : {0, 1, 5}) {
        const index_t picks_per_row = 3;
        const support::Encoded<skald::fp32> a(support::numbers(in * out, 1), out, in, 0);
        const support::Encoded<skald::nf4> b(support::numbers(in * out, 2), out, in);
        const support::Encoded<skald::bf16> c(support::numbers(in * out, 3), out, in);
        const support::Encoded<support::Signs> unused(support::numbers(in * out, 4), out, in);
        std::vector<skald::Weight<AllPrecisions>> weights(4);
        weights[0].set<skald::fp32>(a.parts());
        weights[1].set<support::Signs>(unused.parts());
        weights[2].set<skald::nf4>(b.parts());
        weights[3].set<skald::bf16>(c.parts());
        const std::vector<float> values[4] = {a.values(), {}, b.values(), c.values()};
        std::vector<std::int32_t> picks;
        for (index_t i = 0; i < tokens; ++i)
          for (std::int32_t pick : {3, i % 2 ? 0 : 2, 3}) picks.push_back(pick);
        for (index_t per_row : {picks_per_row, index_t{1}}) {
          Rows x(tokens * picks_per_row / per_row, in, 5), y(tokens * picks_per_row, out, 6);
          K::template linear_selected<K>(q, weights.data(), 4, picks.data(), per_row, x.view(), y.view());
          for (index_t j = 0; j < y.rows(); ++j)
            for (index_t o = 0; o < out; ++o) {
              double sum = 0, size = 0;
              for (index_t k = 0; k < in; ++k) {
                const double w = values[picks[std::size_t(j)]][std::size_t(o * in + k)];
                sum += w * x(j / per_row, k);
                size += std::abs(w * x(j / per_row, k));
              }
              BOOST_REQUIRE_LE(std::abs(y(j, o) - sum), sum_tolerance(in) * size);
            }
          BOOST_REQUIRE(y.gaps_untouched());
        }
      }
}

/// x in bf16, or in 8 bits with a scale for every 64 numbers.
inline Rows rounded_rows(const Rows& x, index_t in, skald::ComputeType compute) {
  Rows rounded(x.rows(), in, 5);
  for (index_t i = 0; i < x.rows(); ++i)
    for (index_t c = 0; c < in; ++c) {
      float& value = rounded.view().row(i)[c];
      if (compute == skald::ComputeType::bf16) {
        value = skald::to_float(skald::to_bf16(x(i, c)));
      } else {
        float largest = 0;
        for (index_t k = c / 64 * 64; k < std::min(in, c / 64 * 64 + 64); ++k)
          largest = std::max(largest, std::abs(x(i, k)));
        value = std::nearbyint(x(i, c) * (127 / largest)) * (largest / 127);
      }
    }
  return rounded;
}

/// Products that do not compute in float32, against sums in double of what is rounded: x, and books of 4-bit codes.
template <class K, class P, class Q>
void check_rounded(Q& q, skald::ComputeType compute, bool by_type = false) {
  for (index_t in : {3, 64, 100, 320})
    for (index_t out : {5, 70})
      for (index_t rows : {1, 3, 8, 20}) {
        const support::Encoded<P> matrix(support::numbers(in * out, unsigned(in)), out, in);
        typename P::Parts parts = matrix.parts();
        if (!by_type) parts.compute = compute;
        const skald::detail::ProductParts<typename P::Parts> met(parts);
        const std::vector<float> weights = support::decoded<P>(met.parts, out, in);
        BOOST_REQUIRE((weights == matrix.values()) == (std::is_same_v<P, skald::bf16>));
        Rows x(rows, in, 5), y(rows, out, 6), z(rows, out, 7);
        const Rows rounded = rounded_rows(x, in, compute);
        skald::Weight<skald::OneOf<P, support::Signs>> weight;
        weight.template set<P>(parts);
        K::template linear<K>(q, x.view(), skald::Product{&weight, nullptr, y.view()});
        check_product(Product<P>{parts, weights, in, out}, rounded, {}, y);
        std::vector<std::int32_t> picks(std::size_t(rows), 0);
        K::template linear_selected<K>(q, &weight, 1, picks.data(), 1, x.view(), z.view());
        check_product(Product<P>{parts, weights, in, out}, rounded, {}, z);
      }
}

template <class K, class Q>
void check_rounded(Q& q) {
  using skald::ComputeType, skald::FourBit, skald::NormalFloat4;
  check_rounded<K, skald::bf16>(q, ComputeType::bf16);
  for (const ComputeType compute : {ComputeType::bf16, ComputeType::int8}) {
    check_rounded<K, skald::nf4>(q, compute);
    check_rounded<K, skald::fp4>(q, compute);
    check_rounded<K, skald::nf4_double>(q, compute);
  }
  check_rounded<K, FourBit<NormalFloat4, 64, false, ComputeType::int8>>(q, ComputeType::int8, true);
}

/// Signs with a dot of the user's own, found through K.
template <class Base>
struct WithOwnDot : Base {
  using Base::dot;
  static float dot(std::type_identity<support::Signs>, const support::Signs::Parts&, index_t cols, index_t row,
                   const float* x) {
    return float(100 * cols + 10 * row) + x[0];
  }
};

template <class Base, class Q>
void check_own_dot(Q& q) {
  using K = WithOwnDot<Base>;
  const support::Encoded<support::Signs> matrix(support::numbers(15, 1), 3, 5);
  skald::Weight<AllPrecisions> weight;
  weight.set<support::Signs>(matrix.parts());
  Rows x(2, 5, 1), y(2, 3, 2);
  K::template linear<K>(q, x.view(), skald::Product{&weight, nullptr, y.view()});
  for (index_t i = 0; i < 2; ++i)
    for (index_t o = 0; o < 3; ++o) BOOST_TEST(y(i, o) == float(500 + 10 * o) + x(i, 0));
  const std::int32_t picks[2] = {0, 0};
  K::template linear_selected<K>(q, &weight, 1, const_cast<std::int32_t*>(picks), 1, x.view(), y.view());
  for (index_t i = 0; i < 2; ++i)
    for (index_t o = 0; o < 3; ++o) BOOST_TEST(y(i, o) == float(500 + 10 * o) + x(i, 0));
}

}  // namespace test
