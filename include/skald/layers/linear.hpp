// What a layer owns: pointers into a file or into flash, no shapes (the spec knows them, loading has checked them).
#pragma once
#include "skald/core/list.hpp"
#include "skald/precision/weight.hpp"
#include "skald/spec/roles.hpp"
#include "skald/tensor/product.hpp"

namespace skald::inline SKALD_ABI {

/// y = x W^T + b.
template <class Set>
struct Linear {
  using set = Set;
  Weight<Set> weight;
  const float* bias = nullptr;

  template <class Space>
  Product<Set, Space> to(MatrixView<Space> y) const { return {&weight, bias, y}; }
};

struct NormWeights {
  const float* weight = nullptr;
  const float* bias = nullptr;
};

/// Which vector of a role: "<name>.weight" or "<name>.bias".
enum class VectorPart : std::uint8_t { weight, bias };

/// What lists a model's weights, one call each, in a fixed order:
///   v.matrix(role, expert, rows, cols, Weight<Set>&)     expert: -1 when there is only one
///   v.vector(role, expert, part, n, const float*&)
/// Loading fills the slots, an image is read and written in this order, sizes are summed.
template <class V, class Set>
void visit_linear(V& v, Role role, index_t rows, index_t cols, bool bias, Linear<Set>& slot) {
  v.matrix(role, -1, rows, cols, slot.weight);
  if (bias) v.vector(role, -1, VectorPart::bias, rows, slot.bias);
}

template <class V, class Norm>
void visit_norm(V& v, Role role, const Norm& spec, index_t n, NormWeights& slot) {
  if (spec.has_weight()) v.vector(role, -1, VectorPart::weight, n, slot.weight);
  if (spec.has_weight() && spec.bias) v.vector(role, -1, VectorPart::bias, n, slot.bias);
}

}  // namespace skald
