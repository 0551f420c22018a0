// A precision of a user's own: eight bits, the upper half of an IEEE half.
#pragma once
#include "skald/precision/half.hpp"
#include "skald/precision/precision.hpp"

namespace mine {

using skald::index_t;

struct e5m2 {
  static constexpr const char* name = "e5m2";
  struct Parts {
    const std::byte* data = nullptr;
    index_t cols = 0;
  };

  static constexpr std::size_t bytes(index_t rows, index_t cols) { return std::size_t(rows * cols); }

  static float value(std::byte b) {
    return skald::to_float(skald::fp16_t{std::uint16_t(std::to_integer<unsigned>(b) << 8)});
  }

  static void decode(const Parts& w, index_t, index_t row, index_t first, float* out, index_t count) {
    for (index_t i = 0; i < count; ++i) out[i] = value(w.data[row * w.cols + first + i]);
  }

  // With these two it can be asked for at load.
  template <class Read>
  static void encode(Read&& read, index_t rows, index_t cols, std::byte* storage) {
    for (index_t r = 0; r < rows; ++r)
      for (index_t c = 0; c < cols; ++c) {
        float x;
        read(r, c, &x, 1);
        const unsigned half = skald::to_fp16(x).bits;
        storage[r * cols + c] = std::byte((half + 0x7f + (half >> 8 & 1)) >> 8);  // ties to even
      }
  }
  static Parts parts(const std::byte* storage, index_t, index_t cols) { return {storage, cols}; }
};

static_assert(skald::Precision<e5m2> && skald::Encodable<e5m2> && !skald::Adoptable<e5m2>);

}  // namespace mine
