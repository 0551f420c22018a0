// Which functions of one number a kernel set computes with.
#pragma once
#include <cmath>
#include <cstdint>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

/// Those of the platform's libm.
struct StandardMath {
  static float exp(float x) { return std::exp(x); }
  static float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }
  static float log(float x) { return std::log(x); }
  /// log(a / b), by way of double as Python has it.
  static float log_of_ratio(std::int32_t a, std::int32_t b) { return float(std::log(double(a) / double(b))); }
  static float pow(float x, float y) { return std::pow(x, y); }
  static float sin(float x) { return std::sin(x); }
  static float cos(float x) { return std::cos(x); }
  static float tanh(float x) { return std::tanh(x); }
  static float erf(float x) { return std::erf(x); }
  static float sqrt(float x) { return std::sqrt(x); }
};

namespace detail {

template <class K>
struct MathOf {
  using type = StandardMath;
};
template <class K>
  requires requires { typename K::Math; }
struct MathOf<K> {
  using type = typename K::Math;
};

}  // namespace detail

/// What a kernel set names as `Math`, else StandardMath.
template <class K>
using math_of = typename detail::MathOf<K>::type;

}  // namespace skald
