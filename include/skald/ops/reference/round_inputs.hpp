// What a product multiplies where it does not compute in float32: x and the books of 4-bit codes, rounded.
#pragma once
#include <bit>

#include "skald/precision/four_bit.hpp"
#include "skald/precision/int8.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// What a weight asks its products to compute in.
template <class Parts>
constexpr ComputeType compute_type_of(const Parts& w) {
  if constexpr (requires { w.compute; }) return w.compute;
  else return (void)w, ComputeType::fp32;
}

inline constexpr index_t input_group = 64;  ///< inputs that share a scale where products compute in int8

/// codes[i] = round_half_even(x[i] / scale) of at most input_group numbers; the scale is max |x| / 127. Numbers all
/// below 1e-35 become 0; one that is none makes the scale none.
[[gnu::always_inline]] inline float quantise_inputs(const float* x, index_t n, std::int8_t* codes) {
  std::int32_t bits = 0;  // floats above 0 order as integers
  for (index_t i = 0; i < n; ++i) {
    const std::int32_t each = std::bit_cast<std::int32_t>(x[i]) & 0x7fffffff;
    bits = each > bits ? each : bits;
  }
  const float largest = std::bit_cast<float>(bits), factor = largest >= 1e-35f ? 127.0f / largest : 0.0f;
  for (index_t i = 0; i < n; ++i) codes[i] = int8_code(x[i] * factor);
  return largest / 127.0f;
}

/// out[i] = x[i], rounded; x begins at a multiple of input_group of its row.
inline void round_inputs(ComputeType compute, const float* x, index_t n, float* out) {
  if (compute == ComputeType::int8) {
    std::int8_t codes[input_group];
    index_t i = 0;
    for (; i + input_group <= n; i += input_group) {  // a constant length, which GCC 12 wants to see
      const float scale = quantise_inputs(x + i, input_group, codes);
      for (index_t k = 0; k < input_group; ++k) out[i + k] = float(codes[k]) * scale;
    }
    const float scale = quantise_inputs(x + i, n - i, codes);
    for (index_t k = 0; i + k < n; ++k) out[i + k] = float(codes[k]) * scale;
    return;
  }
  const index_t whole = n / 16 * 16;
  for (index_t i = 0; i < whole; i += 16)
    for (index_t lane = 0; lane < 16; ++lane) out[i + lane] = to_float(to_bf16(x[i + lane]));
  for (index_t i = whole; i < n; ++i) out[i] = to_float(to_bf16(x[i]));
}

/// A book as 8-bit codes of one scale: codes[i] = round_half_even(book[i] / scale).
struct ByteBook {
  explicit ByteBook(const std::byte* book) {
    float values[16];
    for (index_t i = 0; i < 16; ++i) values[i] = load<float>(book, i);
    scale = quantise_inputs(values, 16, codes);
  }
  std::int8_t codes[16];
  float scale;
};

/// The parts as a product reads them: the book of 4-bit codes is rounded to what it computes in.
template <class Parts>
struct ProductParts {
  explicit ProductParts(const Parts& w) : parts(w) {}
  const Parts& parts;
};
template <>
struct ProductParts<FourBitParts> {
  explicit ProductParts(const FourBitParts& w) : parts(w) {
    if (w.compute == ComputeType::fp32) return;
    if (w.compute == ComputeType::int8) {
      const ByteBook rounded(w.book);
      for (index_t i = 0; i < 16; ++i) book[i] = float(rounded.codes[i]) * rounded.scale;
    } else {
      for (index_t i = 0; i < 16; ++i) book[i] = to_float(to_bf16(load<float>(w.book, i)));
    }
    parts.book = reinterpret_cast<const std::byte*>(book);
  }
  ProductParts(const ProductParts&) = delete;
  float book[16];
  FourBitParts parts;
};

}  // namespace detail

}  // namespace skald
