// The two 16-bit floats as numbers: storage types, exact widening, narrowing to nearest with ties to even.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

/// Reads element i of an array of any alignment.
template <class T>
T load(const std::byte* p, index_t i) {
  T value;
  std::memcpy(&value, p + i * index_t(sizeof(T)), sizeof(T));
  return value;
}

/// One sign bit, 8 exponent bits, 7 mantissa bits: the upper half of a float.
struct bf16_t {
  std::uint16_t bits;
};

/// IEEE 754 binary16.
struct fp16_t {
  std::uint16_t bits;
};

constexpr float to_float(float x) { return x; }

constexpr float to_float(bf16_t x) { return std::bit_cast<float>(std::uint32_t(x.bits) << 16); }

/// Branch-free, so that loops over it vectorise: the exponent is moved by an addition, infinities and NaN need the
/// highest one. Denormals get the exponent of 2^-14, which is then taken off again: no float on the way is denormal, so
/// it is right where those are flushed (backend/flush_denormals.hpp).
constexpr float to_float(fp16_t x) {
  const std::uint32_t magnitude = (x.bits & 0x7fffu) << 13;
  const std::uint32_t special = magnitude >= 0x0f800000u ? 0x7f800000u : 0u;
  const std::uint32_t normal = (magnitude + 0x38000000u) | special;
  const float small = std::bit_cast<float>((magnitude & 0x007fe000u) + 0x38800000u) - 0x1p-14f;
  const auto is_small = std::uint32_t(std::int32_t(magnitude - 0x00800000u) >> 31);  // a mask: a choice stays a branch
  const std::uint32_t value = (std::bit_cast<std::uint32_t>(small) & is_small) | (normal & ~is_small);
  return std::bit_cast<float>(value | std::uint32_t(x.bits & 0x8000u) << 16);
}

// Narrowing chooses among finished values instead of branching, so that loops over it vectorise too.

constexpr bf16_t to_bf16(float x) {
  const std::uint32_t u = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16, quiet = (u >> 16) | 0x40u;
  return {std::uint16_t(std::int32_t(u & 0x7fffffffu) > 0x7f800000 ? quiet : rounded)};  // NaN stays NaN
}

constexpr fp16_t to_fp16(float x) {
  const std::uint32_t u = std::bit_cast<std::uint32_t>(x), sign = (u >> 16) & 0x8000u;
  const std::int32_t magnitude = std::int32_t(u & 0x7fffffffu);
  // Below 2^-14: denormals, an exact sum does it. The ulp of [0.5, 1) is 2^-24.
  const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
  const std::int32_t denormal = std::bit_cast<std::int32_t>(shifted) - 0x3f000000;
  const std::int32_t normal = (magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13;
  const std::int32_t nan = 0x7e00 | ((magnitude >> 13) & 0x3ff);
  const std::int32_t finite = magnitude < 0x38800000 ? denormal : normal;
  const std::int32_t number = magnitude >= 0x477ff000 ? 0x7c00 : finite;  // 65520 and up round to infinity
  return {std::uint16_t(sign | std::uint32_t(magnitude > 0x7f800000 ? nan : number))};
}

/// to_float(to_fp16(x)), by masks alone; of NaN only that it is one.
constexpr float rounded_to_fp16(float x) {
  const std::int32_t bits = std::bit_cast<std::int32_t>(x), magnitude = bits & 0x7fffffff;
  const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
  const float exact = float(std::bit_cast<std::int32_t>(shifted) - 0x3f000000) * 0x1p-24f;
  const std::int32_t denormal = std::bit_cast<std::int32_t>(exact), small = -std::int32_t(magnitude < 0x38800000);
  const std::int32_t normal = (magnitude + 0xfff + ((magnitude >> 13) & 1)) & ~0x1fff;
  const std::int32_t big = -std::int32_t(magnitude >= 0x477ff000), nan = -std::int32_t(magnitude > 0x7f800000);
  const std::int32_t finite = (denormal & small) | (normal & ~small);
  return std::bit_cast<float>((finite & ~big) | (0x7f800000 & big) | (0x7fc00000 & nan) | (bits ^ magnitude));
}

template <class T> constexpr T from_float(float x);
template <> constexpr float from_float<float>(float x) { return x; }
template <> constexpr bf16_t from_float<bf16_t>(float x) { return to_bf16(x); }
template <> constexpr fp16_t from_float<fp16_t>(float x) { return to_fp16(x); }

}  // namespace skald
