// Sums in short chunks: the rounding error grows with the number of chunks, not of terms, and no double is needed.
#pragma once
#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

/// f(0) + ... + f(n - 1) in float, 64 terms a chunk.
template <class F>
float chunked_sum(index_t n, F&& f) {
  float sum = 0;
  for (index_t from = 0; from < n; from += 64) {
    const index_t to = from + 64 < n ? from + 64 : n;
    float part = 0;
    for (index_t i = from; i < to; ++i) part += f(i);
    sum += part;
  }
  return sum;
}

}  // namespace skald
