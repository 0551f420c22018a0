// What a matrix product is asked for: several that share their x are one operation.
#pragma once
#include <cstddef>

#include "skald/precision/weight.hpp"
#include "skald/tensor/matrix_view.hpp"

namespace skald::inline SKALD_ABI {

/// y = x W^T + bias, where `x` is said once for all products of an operation.   // W [out, in], bias [out], y [n, out]
template <class Set, class Space>
struct Product {
  const Weight<Set>* weight;
  const float* bias;  ///< null: none
  MatrixView<Space> y;
};
// clang 16 deduces no aggregates by itself.
template <class Set, class Space>
Product(const Weight<Set>*, const float*, MatrixView<Space>) -> Product<Set, Space>;
template <class Set, class Space>
Product(const Weight<Set>*, std::nullptr_t, MatrixView<Space>) -> Product<Set, Space>;

}  // namespace skald
