// A matrix in some memory space: rows of numbers with a stride.
#pragma once
#include "skald/backend/space.hpp"

namespace skald::inline SKALD_ABI {

/// Row i starts at data + i * stride. Cheap to copy; owns nothing.
template <class Space, class T = float>
struct MatrixView {
  using pointer = typename Space::template ptr<T>;

  pointer data{};
  index_t rows = 0, cols = 0, stride = 0;

  MatrixView() = default;
  MatrixView(pointer p, index_t r, index_t c) : data(p), rows(r), cols(c), stride(c) {}
  MatrixView(pointer p, index_t r, index_t c, index_t s) : data(p), rows(r), cols(c), stride(s) {}

  pointer row(index_t i) const { return data + i * stride; }

  /// Rows cut into pieces of `width`: heads of a projection. Only for a view without gaps.
  MatrixView split(index_t width) const { return {data, rows * (cols / width), width}; }
};

}  // namespace skald
