// Reading the rows of a stored weight without knowing its precision: one function pointer, so that converting between
// n precisions compiles n readers and n writers, not n^2 pairs.
#pragma once
#include "skald/precision/half.hpp"
#include "skald/precision/precision.hpp"

namespace skald::inline SKALD_ABI {

/// reader(row, first, out, count) gives W[row, first...] as floats. Points to the parts it was made from.
class RowReader {
 public:
  template <Precision P>
  static RowReader of(const typename P::Parts& parts, index_t cols) {
    return {&parts, cols, [](const void* p, index_t c, index_t row, index_t first, float* out, index_t count) {
              P::decode(*static_cast<const typename P::Parts*>(p), c, row, first, out, count);
            }};
  }

  /// What `inner`, which must live as long, gives, rounded to a 16-bit float.
  template <class T>
  static RowReader rounded(const RowReader& inner) {
    return {&inner, 0, [](const void* p, index_t, index_t row, index_t first, float* out, index_t count) {
              (*static_cast<const RowReader*>(p))(row, first, out, count);
              for (index_t i = 0; i < count; ++i) out[i] = to_float(from_float<T>(out[i]));
            }};
  }

  void operator()(index_t row, index_t first, float* out, index_t count) const {
    decode_(parts_, cols_, row, first, out, count);
  }

 private:
  using Decode = void (*)(const void*, index_t, index_t, index_t, float*, index_t);
  RowReader(const void* parts, index_t cols, Decode decode) : parts_(parts), cols_(cols), decode_(decode) {}

  const void* parts_;
  index_t cols_;
  Decode decode_;
};

}  // namespace skald
