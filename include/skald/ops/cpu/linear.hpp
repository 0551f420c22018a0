// y = x W^T + b: strips of outputs over the threads. Few rows go through a kernel of the best instruction set, or are
// dotted; many through its tile, or through Eigen.
#pragma once
#include <Eigen/Core>
#include <algorithm>
#include <utility>

#include "skald/backend/cpu_features.hpp"
#include "skald/ops/cpu/avx2/tile.hpp"
#include "skald/ops/cpu/avx512/tile.hpp"
#include "skald/ops/cpu/decode_row.hpp"
#include "skald/ops/cpu/llm_int8.hpp"
#include "skald/ops/cpu/neon/tile.hpp"
#include "skald/ops/cpu/simd.hpp"
#include "skald/ops/cpu/strip_kernels.hpp"
#include "skald/precision/dense.hpp"
#include "skald/spec/memory_plan.hpp"

namespace skald::inline SKALD_ABI {

struct CpuLinear : CpuLlmInt8 {
  using ReferenceLinear::dot;

  static constexpr index_t depth = 256;  ///< inputs decoded at once: a strip of them stays in the second-level cache
  static constexpr index_t few_rows = 4;     ///< below this many rows dots beat a product
  /// Up to this many rows go through a strip kernel, where there is one.
  static constexpr index_t strip_rows = StripTuning::rows;

  /// Decode in pieces that stay in the first-level cache, then multiply.
  template <class P>
  static float dot(std::type_identity<P>, const typename P::Parts& w, index_t cols, index_t row, const float* x) {
    const detail::ProductParts<typename P::Parts> met(w);
    const ComputeType compute = detail::compute_type_of(w);
    float sum = 0;
    alignas(64) float values[depth], inputs[depth];
    for (index_t c = 0; c < cols; c += depth) {
      const index_t n = std::min(depth, cols - c);
      const float* from = x + c;
      if (compute != ComputeType::fp32) detail::round_inputs(compute, std::exchange(from, inputs), n, inputs);
      detail::decode_row(std::type_identity<P>{}, CpuFeatures{}, met.parts, cols, row, c, values, n);
      sum += simd::dot(values, from, n);
    }
    return sum;
  }

  static float dot(std::type_identity<fp32>, const DenseParts& w, index_t cols, index_t row, const float* x) {
    const float* from = plain_rows(w);
    if (!from) return dot<fp32>(std::type_identity<fp32>{}, w, cols, row, x);
    return simd::dot(from + w.rows(row) * w.row_stride, x, cols);
  }

  /// The kernel for few rows of this precision, or none: a set of yours may say so, where its own `dot` shall run.
  template <class P>
  static StripKernel<P> strip_kernel(std::type_identity<P> p, const typename P::Parts& w, index_t in,
                                     const CpuFeatures& features) {
    if (in == 0) return {};  // kernels count on a first input
    return detail::strip_kernel(p, w, in, features);
  }

  /// One run of the threads for all products of the same x. Which outputs a thread takes changes no number.
  template <class K, class Q, class Space, class... Sets>
  static void linear(Q& q, MatrixView<Space> x, const Product<Sets, Space>&... products) {
    if (x.rows == 0) return;
    if constexpr ((Sets::template has<int8> || ...)) {
      LlmInt8Packing packing;
      const bool done[] = {multiply_llm_int8(q, x, products, packing)...};
      if (std::find(std::begin(done), std::end(done), true) != std::end(done)) {
        std::size_t k = 0;
        return ((done[k++] ? void() : linear<K>(q, x, products)), ...);
      }
    }
    Packing packing;
    (ask<K>(q, x, *products.weight, x.rows <= strip_rows, packing), ...);
    pack(q, x, packing);
    Job jobs[sizeof...(Sets)];
    const index_t cost = x.rows * x.cols * (products.y.cols + ...), workers = q.workers(cost);
    index_t parts = 0;
    std::size_t i = 0;
    ((jobs[i] = job_of<K>(q, workers, x, *products.weight, products.y.cols, packing), jobs[i].first = parts,
      parts += jobs[i].parts, ++i),
     ...);
    auto part_of_all = [&](index_t part, index_t) {
      std::size_t k = 0;
      const auto run_mine = [&](const auto& product) {
        const Job& job = jobs[k++];
        if (part >= job.first && part < job.first + job.parts) run<K>(q, x, job, packing, product, part);
      };
      (run_mine(products), ...);
    };
    q.parallel(parts, cost, part_of_all);
  }

  /// Rows are grouped by the weight they picked, so that each weight is read once.
  template <class K, class Q, class Set, class Space>
  static void linear_selected(Q& q, const Weight<Set>* weights, index_t count, const std::int32_t* picks,
                              index_t picks_per_row, MatrixView<Space> x, MatrixView<Space> y) {
    if (x.rows == 0) return;
    Packing packing;
    for (index_t e = 0; e < count; ++e) ask<K>(q, x, weights[e], true, packing);
    pack(q, x, packing);
    const index_t strips = (y.cols + strip - 1) / strip;
    q.parallel(count * strips, y.rows * y.cols * x.cols, [&](index_t part, index_t) {
      const index_t e = part / strips, first = part % strips * strip, last = std::min(y.cols, first + strip);
      for (index_t j = 0; j < y.rows; ++j)
        if (picks[j] == e)
          weights[e].visit([&](auto p, const auto& parts) {
            const index_t i = j / picks_per_row;
            const auto kernel = K::strip_kernel(p, parts, x.cols, q.features());
            const ComputeType compute = detail::compute_type_of(parts);
            if (packing.has(kernel, compute)) {
              const detail::ProductParts<std::decay_t<decltype(parts)>> met(parts);
              return kernel.multiply(met.parts, packing.rows_for(kernel, compute, x, i, 1), first, last,
                                     {y.row(j), 1, y.cols});
            }
            for (index_t o = first; o < last; ++o) y.row(j)[o] = K::dot(p, parts, x.cols, o, x.row(i));
          });
    });
  }

 private:
  /// The rows of one operation as its products want them. One that wants another packing than the first is decoded, and
  /// one that wants another rounding is dotted.
  struct Packing {
    std::size_t (*bytes)(index_t) = nullptr;
    void (*by)(const float*, index_t, std::byte*) = nullptr;
    bool pack_rounds = false;  // see StripKernel
    ComputeType packed_in = ComputeType::fp32, rounded_in = ComputeType::fp32;
    MatrixView<Host> rounded;  // null where nothing asks for it, or there is no room
    StripRows rows;
    PairTile tile;             // for many rows, as a bf16 weight asked first
    const std::byte* pairs = nullptr;

    template <class P>
    bool has(const StripKernel<P>& kernel, ComputeType compute) const {
      return kernel && (kernel.pack ? rows.packed && kernel.pack == by && packed_in == compute : has_inputs(compute));
    }
    bool has_inputs(ComputeType compute) const {
      return compute == ComputeType::fp32 || (compute == rounded_in && rounded.data);
    }
    MatrixView<Host> inputs(MatrixView<Host> x, ComputeType compute) const {
      return compute == ComputeType::fp32 ? x : rounded;
    }
    template <class P>
    StripRows rows_for(const StripKernel<P>& kernel, ComputeType compute, MatrixView<Host> x, index_t i,
                       index_t n) const {
      const MatrixView<Host> from = kernel.pack ? x : inputs(x, compute);
      const MatrixView<Host> some(from.row(i), n, from.cols, from.stride);
      if (!kernel.pack) return {some, nullptr, 0};
      return {some, rows.packed + std::size_t(i) * rows.packed_stride, rows.packed_stride};
    }
  };

  /// What one product is cut into.
  struct Job {
    index_t first = 0, parts = 0, step = strip;  // numbers of parts; outputs a part
    bool by_kernel = false;
  };

  /// The tile of pairs that multiplies this weight, or none.
  template <class P, class Parts>
  static PairTile pair_tile(std::type_identity<P>, const Parts& w, const CpuFeatures& features) {
    if constexpr (std::is_same_v<P, bf16>) return detail::pair_tile(w, features);
    else return (void)w, (void)features, PairTile{};
  }

  template <class K, class Q, class Set>
  static void ask(Q& q, MatrixView<Host> x, const Weight<Set>& weight, bool few, Packing& packing) {
    weight.visit([&](auto p, const auto& parts) {
      const ComputeType compute = detail::compute_type_of(parts);
      if (!few)
        if (const PairTile tile = pair_tile(p, parts, q.features())) {
          packing.tile = tile;
          return;
        }
      const auto kernel = few ? K::strip_kernel(p, parts, x.cols, q.features()) : decltype(K::strip_kernel(
                                    p, parts, x.cols, q.features())){};
      if (kernel.pack && !packing.by) {
        packing.bytes = kernel.packed_bytes;
        packing.by = kernel.pack;
        packing.packed_in = compute;
        packing.pack_rounds = kernel.pack_rounds;
      }
      const bool rounded_there = kernel.pack_rounds && kernel.pack == packing.by;
      if (packing.rounded_in == ComputeType::fp32 && !rounded_there) packing.rounded_in = compute;
    });
  }

  template <class Q>
  static void pack(Q& q, MatrixView<Host> x, Packing& packing) {
    const std::size_t rounded = packing.rounded_in == ComputeType::fp32 ? 0 : scratch_bytes<float>(x.cols);
    const std::size_t packed = packing.by ? scratch_bytes<std::byte>(index_t(packing.bytes(x.cols))) : 0;
    const std::size_t pairs =
        packing.tile ? scratch_bytes<std::byte>(index_t(packing.tile.packed_bytes(x.rows, x.cols))) : 0;
    if (rounded + packed + pairs == 0) return;
    std::byte* room = q.room((rounded + packed) * std::size_t(x.rows) + pairs);
    if (!room) return;
    if (pairs > 0) {
      packing.tile.pack(x, room);
      packing.pairs = room;
      room += pairs;
    }
    if (rounded > 0) {
      packing.rounded = {reinterpret_cast<float*>(room), x.rows, x.cols, index_t(rounded / sizeof(float))};
      for (index_t i = 0; i < x.rows; ++i)
        detail::round_inputs(packing.rounded_in, x.row(i), x.cols, packing.rounded.row(i));
    }
    if (packed > 0) {
      std::byte* const to = room + rounded * std::size_t(x.rows);
      const ComputeType meets = packing.pack_rounds ? ComputeType::fp32 : packing.packed_in;
      if (!packing.has_inputs(meets)) return;
      const MatrixView<Host> from = packing.inputs(x, meets);
      for (index_t i = 0; i < x.rows; ++i) packing.by(from.row(i), x.cols, to + std::size_t(i) * packed);
      packing.rows = {from, to, packed};
    }
  }

  template <class K, class Q, class Set>
  static Job job_of(Q& q, index_t workers, MatrixView<Host> x, const Weight<Set>& weight, index_t outs,
                    const Packing& packing) {
    return weight.visit([&](auto p, const auto& parts) {
      Job job;
      job.by_kernel = x.rows <= strip_rows && packing.has(K::strip_kernel(p, parts, x.cols, q.features()),
                                                          detail::compute_type_of(parts));
      if (job.by_kernel) {
        // One linear walk a thread, a few of them so that a thread which is late does not make the others wait.
        const index_t pieces = workers == 1 ? 1 : 4 * workers;
        job.step = std::max<index_t>(16, ((outs + pieces - 1) / pieces + 15) / 16 * 16);
      }
      job.parts = (outs + job.step - 1) / job.step;
      return job;
    });
  }

  template <class K, class Q, class Set>
  static void run(Q& q, MatrixView<Host> x, const Job& job, const Packing& packing, const Product<Set, Host>& product,
                  index_t part) {
    const MatrixView<Host> y = product.y;
    const index_t first = (part - job.first) * job.step, last = std::min(y.cols, first + job.step);
    product.weight->visit([&](auto p, const auto& stored) {
      const detail::ProductParts<std::decay_t<decltype(stored)>> met(stored);
      const ComputeType compute = detail::compute_type_of(stored);
      if (job.by_kernel) {
        const auto kernel = K::strip_kernel(p, met.parts, x.cols, q.features());
        return kernel.multiply(met.parts, packing.rows_for(kernel, compute, x, 0, x.rows), first, last, y);
      }
      if constexpr (std::is_same_v<typename decltype(p)::type, bf16>)
        if (packing.pairs && pair_tile(p, stored, q.features()))
          return packing.tile.multiply(stored, packing.pairs, x.cols, first, last, y);
      if (packing.has_inputs(compute))
        return strip_of<K>(p, met.parts, q.features(), packing.inputs(x, compute), y, first, last);
      for (index_t i = 0; i < x.rows; ++i)
        for (index_t o = first; o < last; ++o) y.row(i)[o] = K::dot(p, stored, x.cols, o, x.row(i));
    });
    if (product.bias)
      for (index_t i = 0; i < y.rows; ++i)
        for (index_t o = first; o < last; ++o) y.row(i)[o] += product.bias[o];
  }

  /// y += x w^T, by the best there is.                                                // [n, k], [outs, k] -> [n, outs]
  template <class = void>
  static void add_product(const CpuFeatures& features, MatrixView<Host, const float> x, MatrixView<Host, const float> w,
                          MatrixView<Host> y) {
    void (*tile)(MatrixView<Host, const float>, MatrixView<Host, const float>, MatrixView<Host>) = nullptr;
#if defined(__x86_64__)
    if (features.avx2) tile = features.avx512 ? detail::avx512::add_product : detail::avx2::add_product;
#elif defined(__aarch64__)
    if (features.neon) tile = detail::neon::add_product;
#endif
    if (tile) {
      for (index_t c = 0; c < x.cols; c += depth) {  // pieces that stay in the caches
        const index_t n = std::min(depth, x.cols - c);
        tile({x.data + c, x.rows, n, x.stride}, {w.data + c, w.rows, n, w.stride}, y);
      }
      return;
    }
    (void)features;
    add_product_portably(x, w, y);
  }

  /// y += x w^T. Never inlined: one Eigen product a program, whatever the precisions. A template only so that
  /// programs which do not use it do not pay for compiling it.            // [n, k], [outs, k] -> [n, outs]
  template <class = void>
  [[gnu::noinline]] static void add_product_portably(MatrixView<Host, const float> x,
                                                     MatrixView<Host, const float> w, MatrixView<Host> y) {
    using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using Stride = Eigen::OuterStride<>;
    using In = Eigen::Map<const Matrix, 0, Stride>;
    Eigen::Map<Matrix, 0, Stride> out(y.data, y.rows, y.cols, Stride(y.stride));
    out.noalias() +=
        In(x.data, x.rows, x.cols, Stride(x.stride)) * In(w.data, w.rows, w.cols, Stride(w.stride)).transpose();
  }

  /// The floats themselves, where rows of them lie one after the other at a float's alignment.
  static const float* plain_rows(const DenseParts& w) {
    const bool aligned = reinterpret_cast<std::uintptr_t>(w.data) % alignof(float) == 0;
    return aligned && w.col_stride == 1 ? reinterpret_cast<const float*>(w.data) : nullptr;
  }

  template <class K, class P, class Parts>
  static void strip_of(std::type_identity<P> p, const Parts& w, const CpuFeatures& features, MatrixView<Host> x,
                       MatrixView<Host> y, index_t first, index_t last) {
    bool transposed = false;  // stored [in, out] (Conv1D): outputs lie side by side
    if constexpr (std::is_same_v<Parts, DenseParts>) transposed = w.row_stride == 1 && w.rows.contiguous();
    if (x.rows >= few_rows) return product_strip<P>(w, features, transposed, x, y, first, last);
    if constexpr (std::is_same_v<Parts, DenseParts>)
      if (transposed) return summed_strip<P>(w, x, y, first, last);
    for (index_t o = first; o < last; ++o)
      for (index_t i = 0; i < x.rows; ++i) y.row(i)[o] = K::dot(p, w, x.cols, o, x.row(i));
  }

  /// Many rows: the strip is decoded piece by piece and multiplied.
  template <class P, class Parts>
  static void product_strip(const Parts& w, const CpuFeatures& features, bool transposed, MatrixView<Host> x,
                            MatrixView<Host> y, index_t first, index_t last) {
    const index_t outs = last - first;
    const MatrixView<Host> to(y.row(0) + first, y.rows, outs, y.stride);
    for (index_t i = 0; i < y.rows; ++i) std::fill_n(to.row(i), outs, 0.0f);
    if constexpr (std::is_same_v<P, fp32>)
      if (const float* from = plain_rows(w); from && w.rows.contiguous())
        return add_product(features, {x.data, x.rows, x.cols, x.stride},
                           {from + (w.rows.first + first) * w.row_stride, outs, x.cols, w.row_stride}, to);
    alignas(64) float values[strip * depth], column[strip];
    for (index_t c = 0; c < x.cols; c += depth) {
      const index_t n = std::min(depth, x.cols - c);
      if constexpr (std::is_same_v<Parts, DenseParts>)
        for (index_t k = 0; transposed && k < n; ++k) {
          decode_column<P>(w, c + k, first, column, outs);
          for (index_t o = 0; o < outs; ++o) values[o * depth + k] = column[o];
        }
      for (index_t o = 0; !transposed && o < outs; ++o)
        detail::decode_row(std::type_identity<P>{}, features, w, x.cols, first + o, c, values + o * depth, n);
      add_product(features, {x.data + c, x.rows, n, x.stride}, {values, outs, n, depth}, to);
    }
  }

  /// Few rows of a transposed weight: a strip is summed input by input.
  template <class P>
  static void summed_strip(const DenseParts& w, MatrixView<Host> x, MatrixView<Host> y, index_t first, index_t last) {
    const index_t outs = last - first;
    alignas(64) float column[strip];
    for (index_t i = 0; i < y.rows; ++i) std::fill_n(y.row(i) + first, outs, 0.0f);
    for (index_t c = 0; c < x.cols; ++c) {
      decode_column<P>(w, c, first, column, outs);
      for (index_t i = 0; i < x.rows; ++i) simd::axpy(outs, x.row(i)[c], column, y.row(i) + first);
    }
  }

  /// out[i] = W[first + i, c] of a transposed weight: a stored row, read as if it were one of the matrix.
  template <class P>
  static void decode_column(const DenseParts& w, index_t c, index_t first, float* out, index_t count) {
    P::decode(DenseParts{w.data, w.col_stride, 1, {}}, 0, c, w.rows.first + first, out, count);
  }
};

}  // namespace skald
