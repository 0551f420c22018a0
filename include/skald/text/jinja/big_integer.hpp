// Integers beyond 64 bits: what Python's int does where it matters to a template. Schoolbook algorithms.
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// Sign and magnitude; limbs of 32 bits, the lowest first, without leading zeros. Zero has none and is not negative.
struct BigInteger {
  std::vector<std::uint32_t> limbs;
  bool negative = false;

  BigInteger() = default;
  explicit BigInteger(std::int64_t v) : negative(v < 0) {
    for (std::uint64_t m = v < 0 ? 0 - std::uint64_t(v) : std::uint64_t(v); m != 0; m >>= 32)
      limbs.push_back(std::uint32_t(m));
  }
  /// Of an integral number.
  explicit BigInteger(double v) : negative(v < 0) {
    int exponent = 0;
    const double fraction = std::frexp(std::fabs(v), &exponent);
    auto mantissa = std::uint64_t(std::ldexp(fraction, 53));
    exponent -= 53;
    if (exponent < 0) mantissa >>= -exponent, exponent = 0;
    limbs.assign(std::size_t(exponent) / 32, 0);
    const int shift = exponent % 32;
    limbs.push_back(std::uint32_t(mantissa << shift));
    limbs.push_back(std::uint32_t(shift ? mantissa >> (32 - shift) : mantissa >> 32));
    limbs.push_back(std::uint32_t(shift ? mantissa >> 32 >> (32 - shift) : 0));
    trim();
  }

  bool is_zero() const { return limbs.empty(); }
  std::size_t bits() const {
    return limbs.empty() ? 0 : limbs.size() * 32 - std::size_t(std::countl_zero(limbs.back()));
  }
  bool fits() const {
    if (bits() < 64) return true;
    return bits() == 64 && negative && low() == std::uint64_t(1) << 63;
  }
  std::int64_t small() const { return std::int64_t(negative ? 0 - low() : low()); }

  /// The nearest double, ties to even; infinity where it is too large.
  double real() const {
    const std::size_t n = bits();
    if (n > 1100) return negative ? -HUGE_VAL : HUGE_VAL;
    if (n <= 64) return negative ? -double(low()) : double(low());
    std::uint64_t top = 0;  // the highest 64 bits, the last of them "or" all below
    const std::size_t below = n - 64;
    for (std::size_t i = 0; i < 64; ++i) top |= std::uint64_t(bit(below + i)) << i;
    for (std::size_t i = 0; i < below && !(top & 1); ++i) top |= bit(i);
    const double value = std::ldexp(double(top), int(below));
    return negative ? -value : value;
  }

  void trim() {
    while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
    if (limbs.empty()) negative = false;
  }
  bool bit(std::size_t i) const { return limbs[i / 32] >> (i % 32) & 1; }

  /// Times `factor` plus `summand`, of the magnitude.
  void multiply_add(std::uint32_t factor, std::uint32_t summand) {
    std::uint64_t carry = summand;
    for (std::uint32_t& limb : limbs) {
      carry += std::uint64_t(limb) * factor;
      limb = std::uint32_t(carry);
      carry >>= 32;
    }
    if (carry) limbs.push_back(std::uint32_t(carry));
  }
  /// Divides the magnitude; returns the remainder.
  std::uint32_t divide(std::uint32_t by) {
    std::uint64_t rest = 0;
    for (std::size_t i = limbs.size(); i-- > 0;) {
      rest = rest << 32 | limbs[i];
      limbs[i] = std::uint32_t(rest / by);
      rest %= by;
    }
    trim();
    return std::uint32_t(rest);
  }

  /// Digits of a base from 2 to 36, with a minus.
  std::string digits(std::uint32_t base = 10) const {
    if (is_zero()) return "0";
    BigInteger rest = *this;
    rest.negative = false;
    std::uint32_t chunk = base;
    int width = 1;
    while (std::uint64_t(chunk) * base < 1u << 31) chunk *= base, ++width;
    std::string text;
    while (!rest.is_zero()) {
      std::uint32_t part = rest.divide(chunk);
      for (int i = 0; i < width && (part != 0 || !rest.is_zero()); ++i, part /= base) {
        text.push_back("0123456789abcdefghijklmnopqrstuvwxyz"[part % base]);
      }
    }
    if (negative) text.push_back('-');
    std::reverse(text.begin(), text.end());
    return text;
  }

  static int compare_magnitude(const BigInteger& a, const BigInteger& b) {
    if (a.limbs.size() != b.limbs.size()) return a.limbs.size() < b.limbs.size() ? -1 : 1;
    for (std::size_t i = a.limbs.size(); i-- > 0;) {
      if (a.limbs[i] != b.limbs[i]) return a.limbs[i] < b.limbs[i] ? -1 : 1;
    }
    return 0;
  }
  friend int compare(const BigInteger& a, const BigInteger& b) {
    if (a.negative != b.negative) return a.negative ? -1 : 1;
    return a.negative ? compare_magnitude(b, a) : compare_magnitude(a, b);
  }

  friend BigInteger operator-(BigInteger a) {
    a.negative = !a.negative && !a.is_zero();
    return a;
  }
  friend BigInteger operator+(const BigInteger& a, const BigInteger& b) {
    if (a.negative == b.negative) return with_sign(add(a, b), a.negative);
    if (compare_magnitude(a, b) >= 0) return with_sign(subtract(a, b), a.negative);
    return with_sign(subtract(b, a), b.negative);
  }
  friend BigInteger operator-(const BigInteger& a, const BigInteger& b) { return a + -b; }
  friend BigInteger operator*(const BigInteger& a, const BigInteger& b) {
    BigInteger product;
    product.limbs.assign(a.limbs.size() + b.limbs.size(), 0);
    for (std::size_t i = 0; i < a.limbs.size(); ++i) {
      std::uint64_t carry = 0;
      for (std::size_t j = 0; j < b.limbs.size() || carry; ++j) {
        carry += product.limbs[i + j];
        if (j < b.limbs.size()) carry += std::uint64_t(a.limbs[i]) * b.limbs[j];
        product.limbs[i + j] = std::uint32_t(carry);
        carry >>= 32;
      }
    }
    return with_sign(std::move(product), a.negative != b.negative);
  }

  /// Quotient rounded down and the remainder of the divisor's sign, as // and %; b is not zero. Bit by bit.
  static std::pair<BigInteger, BigInteger> divide(const BigInteger& a, const BigInteger& b) {
    BigInteger quotient, rest;
    quotient.limbs.assign(a.limbs.size(), 0);
    BigInteger divisor = b;
    divisor.negative = false;
    for (std::size_t i = a.bits(); i-- > 0;) {
      rest.multiply_add(2, a.bit(i));
      if (rest.limbs.empty() && a.bit(i)) rest.limbs.push_back(1);
      if (compare_magnitude(rest, divisor) >= 0) {
        rest = subtract(rest, divisor);
        quotient.limbs[i / 32] |= 1u << (i % 32);
      }
    }
    quotient = with_sign(std::move(quotient), a.negative != b.negative);
    rest = with_sign(std::move(rest), a.negative);
    if (!rest.is_zero() && rest.negative != b.negative) {
      quotient = quotient - BigInteger(std::int64_t{1});
      rest = rest + b;
    }
    return {std::move(quotient), std::move(rest)};
  }

 private:
  std::uint64_t low() const {
    return (limbs.empty() ? 0 : limbs[0]) | (limbs.size() > 1 ? std::uint64_t(limbs[1]) << 32 : 0);
  }
  static BigInteger with_sign(BigInteger v, bool negative) {
    v.negative = negative;
    v.trim();
    return v;
  }
  static BigInteger add(const BigInteger& a, const BigInteger& b) {
    BigInteger sum;
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < std::max(a.limbs.size(), b.limbs.size()) || carry; ++i) {
      if (i < a.limbs.size()) carry += a.limbs[i];
      if (i < b.limbs.size()) carry += b.limbs[i];
      sum.limbs.push_back(std::uint32_t(carry));
      carry >>= 32;
    }
    return sum;
  }
  static BigInteger subtract(const BigInteger& a, const BigInteger& b) {  // of magnitudes, a the larger
    BigInteger difference;
    std::int64_t borrow = 0;
    for (std::size_t i = 0; i < a.limbs.size(); ++i) {
      borrow += a.limbs[i];
      if (i < b.limbs.size()) borrow -= b.limbs[i];
      difference.limbs.push_back(std::uint32_t(borrow));
      borrow = borrow < 0 ? -1 : 0;
    }
    difference.trim();
    return difference;
  }
};

}  // namespace jinja
}  // namespace skald
