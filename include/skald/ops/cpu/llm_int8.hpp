// LLM.int8() on the processor: rows are quantised once, strips of outputs go over the threads.
#pragma once
#include <algorithm>

#include "skald/ops/cpu/strip_kernels.hpp"
#include "skald/ops/reference/linear.hpp"
#include "skald/spec/memory_plan.hpp"

namespace skald::inline SKALD_ABI {

struct CpuLlmInt8 : ReferenceLinear {
  static constexpr index_t strip = 64;   ///< outputs a thread takes at once: fixed, so results do not depend on threads

 protected:
  /// Rows as LLM.int8() multiplies them, for all products of one threshold.
  struct LlmInt8Packing {
    float threshold = -1;
    Int8Rows rows;
    const std::byte* packed = nullptr;
  };

  /// LLM.int8(), where a weight asks for it.
  template <class Q, class Set>
  static bool multiply_llm_int8(Q& q, MatrixView<Host> x, const Product<Set, Host>& product, LlmInt8Packing& packing) {
    if constexpr (!Set::template has<int8>) return false;
    else
      return product.weight->visit([&](auto p, const auto& parts) {
        if constexpr (std::is_same_v<typename decltype(p)::type, int8>)
          return parts.llm_int8_threshold >= 0 &&
                 multiply_llm_int8(q, x, parts, product.bias, product.y, packing);
        else return false;
      });
  }

  template <class Q>
  static bool multiply_llm_int8(Q& q, MatrixView<Host> x, const Int8Parts& w, const float* bias, MatrixView<Host> y,
                            LlmInt8Packing& packing) {
    const Int8RowsKernel kernel = detail::int8_rows_kernel(x.rows, x.cols, q.features());
    if (!(packing.threshold == w.llm_int8_threshold)) {
      const std::size_t packed = kernel ? scratch_bytes<std::byte>(index_t(kernel.packed_bytes(x.rows, x.cols))) : 0;
      std::byte* const room = q.room(packed + Int8Rows::bytes(x.rows, x.cols));
      if (!room) return false;
      packing = {w.llm_int8_threshold, {}, room};
      if (kernel) {
        packing.rows = Int8Rows::quantise(x, packing.threshold, room + packed, kernel.find_outliers, kernel.quantise);
        kernel.pack(packing.rows.codes, x.rows, x.cols, room);
      } else {
        packing.rows = Int8Rows::quantise(x, packing.threshold, room);
      }
    }
    const Int8Rows& rows = packing.rows;
    const std::byte* const packed = packing.packed;
    q.parallel((y.cols + strip - 1) / strip, x.rows * x.cols * y.cols, [&](index_t part, index_t) {
      const index_t first = part * strip, last = std::min(y.cols, first + strip);
      if (!kernel) return llm_int8(w, rows, first, last, bias, y);
      const std::byte* const offsets = packed + kernel.packed_bytes(x.rows, x.cols) - x.rows * 4;
      for (index_t i = 0; i < x.rows; i += kernel.group) {
        const index_t n = std::min(kernel.group, x.rows - i);
        alignas(64) float sums[Int8RowsKernel::most_rows * strip];
        kernel.multiply(w, packed + kernel.packed_bytes(i, x.cols) - i * 4, offsets + i * 4, n, first, last, strip,
                        sums);
        for (index_t k = 0; k < n; ++k)
          scale_int8_sums(w, rows, i + k, first, last, sums + k * strip, bias, y.row(i + k));
      }
    });
    return true;
  }
};

}  // namespace skald
