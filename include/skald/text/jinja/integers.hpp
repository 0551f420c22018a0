// Arithmetic on Python's int: 64 bits as long as they do, limbs beyond.
#pragma once
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "skald/text/jinja/number_text.hpp"
#include "skald/text/jinja/runtime.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

inline constexpr std::size_t most_integer_bits = 1 << 16;

inline BigInteger big(const Value& v) {
  if (!v.is(Kind::big_integer)) return BigInteger(v.small());
  BigInteger b;
  const auto* const limbs = static_cast<const std::uint32_t*>(v.object());
  b.limbs.assign(limbs, limbs + v.size());
  b.negative = v.is_negative();
  return b;
}

inline Value integer_value(Runtime& rt, const BigInteger& b) {
  if (b.fits()) return Value(b.small());
  if (b.bits() > most_integer_bits) {
    return rt.fail(ErrorClass::limit, "expected integers of at most 65536 bits");
  }
  auto* const limbs = rt.arena().array<std::uint32_t>(b.limbs.size());
  std::copy(b.limbs.begin(), b.limbs.end(), limbs);
  return Value::of(Kind::big_integer, limbs, b.limbs.size(), b.negative);
}

inline bool is_zero(const Value& integer) { return !integer.is(Kind::big_integer) && integer.small() == 0; }

/// Of any number.
inline double real_of(const Value& v) {
  if (v.is(Kind::real)) return v.real();
  return v.is(Kind::big_integer) ? big(v).real() : double(v.small());
}

inline std::string integer_text(Runtime& rt, const Value& v) {
  if (!v.is(Kind::big_integer)) return std::to_string(v.small());
  std::string text = big(v).digits();
  if (text.size() > 4300) {
    rt.value_error("Exceeds the limit (4300 digits) for integer string conversion");
    text.clear();
  }
  return text;
}

/// Compares numbers exactly; unordered (a NaN): 2.
inline int compare_numbers(const Value& a, const Value& b) {
  const auto order = [](auto x, auto y) { return x < y ? -1 : y < x ? 1 : 0; };
  if (a.is(Kind::real) || b.is(Kind::real)) {
    if (a.is(Kind::real) && b.is(Kind::real)) {
      return std::isnan(a.real()) || std::isnan(b.real()) ? 2 : order(a.real(), b.real());
    }
    if (b.is(Kind::real)) {
      const int reversed = compare_numbers(b, a);
      return reversed == 2 ? 2 : -reversed;
    }
    const double x = a.real();
    if (std::isnan(x)) return 2;
    if (std::isinf(x)) return x < 0 ? -1 : 1;
    const int whole = compare(BigInteger(std::floor(x)), big(b));
    return whole == 0 && x != std::floor(x) ? 1 : whole;
  }
  if (a.is(Kind::big_integer) || b.is(Kind::big_integer)) return compare(big(a), big(b));
  return order(a.small(), b.small());
}

inline double floor_modulo(double a, double b) {
  double rest = std::fmod(a, b);
  if (rest != 0 && (rest < 0) != (b < 0)) rest += b;
  return rest == 0 ? std::copysign(0.0, b) : rest;
}

inline double floor_divide(double a, double b) {
  const double rest = std::fmod(a, b);
  double quotient = (a - rest) / b;
  if (rest != 0 && (rest < 0) != (b < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double down = std::floor(quotient);
  return quotient - down > 0.5 ? down + 1 : down;
}

inline Value power(Runtime& rt, const Value& a, const Value& b) {
  const bool integers = a.is_integer() && b.is_integer();
  const bool negative = integers && big(b).negative;
  if (!integers || negative) {
    const double x = real_of(a), y = real_of(b);
    if (x == 0 && y < 0) return rt.fail(ErrorClass::zero_division, "zero to a negative power");
    if (x < 0 && y != std::floor(y)) return rt.fail(ErrorClass::unsupported, "expected no complex number");
    const double result = std::pow(x, y);
    if (std::isinf(result) && std::isfinite(x) && std::isfinite(y)) {
      return rt.fail(ErrorClass::overflow, "(34, 'Numerical result out of range')");
    }
    return Value(result);
  }
  BigInteger base = big(a), result(std::int64_t{1});
  if (base.bits() > 1 &&
      (b.is(Kind::big_integer) || std::uint64_t(b.small()) > most_integer_bits / (base.bits() - 1))) {
    return rt.fail(ErrorClass::limit, "expected integers of at most 65536 bits");
  }
  if (base.bits() <= 1) {  // 0, 1 and -1
    const bool odd = b.is(Kind::big_integer) ? big(b).bit(0) : b.small() & 1;
    if (is_zero(b)) return Value(std::int64_t{1});
    return Value(base.is_zero() ? std::int64_t{0} : base.negative && odd ? std::int64_t{-1} : std::int64_t{1});
  }
  for (std::int64_t e = b.small(); e > 0; e >>= 1) {
    if (!rt.tick(result.limbs.size() * base.limbs.size() / 16 + 1)) return Value::none();
    if (e & 1) result = result * base;
    if (e > 1) base = base * base;
  }
  return integer_value(rt, result);
}

/// a op b of two integers with +, -, *, //, %.
inline Value integer_arithmetic(Runtime& rt, Operator op, const Value& a, const Value& b) {
  if (op == Operator::floor_divide || op == Operator::modulo) {
    if (is_zero(b)) {
      return rt.fail(ErrorClass::zero_division, op == Operator::modulo ? "integer modulo by zero"
                                                                        : "integer division or modulo by zero");
    }
  }
  if (!a.is(Kind::big_integer) && !b.is(Kind::big_integer)) {
    const std::int64_t x = a.small(), y = b.small();
    constexpr std::int64_t sums = std::int64_t{1} << 62, products = std::int64_t{1} << 31;
    const auto within = [&](std::int64_t bound) { return -bound < x && x < bound && -bound < y && y < bound; };
    switch (op) {
      case Operator::add:
        if (within(sums)) return Value(x + y);
        break;
      case Operator::subtract:
        if (within(sums)) return Value(x - y);
        break;
      case Operator::multiply:
        if (within(products)) return Value(x * y);
        break;
      default: {
        if (y == -1) break;  // the lowest number has no counterpart
        const std::int64_t rest = x % y;
        const bool down = rest != 0 && (rest < 0) != (y < 0);
        return Value(op == Operator::modulo ? (down ? rest + y : rest) : x / y - down);
      }
    }
  }
  const BigInteger x = big(a), y = big(b);
  if (!rt.tick(x.limbs.size() * y.limbs.size() / 4 + 1)) return Value::none();
  switch (op) {
    case Operator::add: return integer_value(rt, x + y);
    case Operator::subtract: return integer_value(rt, x - y);
    case Operator::multiply: return integer_value(rt, x * y);
    default: {
      const auto [quotient, rest] = BigInteger::divide(x, y);
      return integer_value(rt, op == Operator::modulo ? rest : quotient);
    }
  }
}

inline Value arithmetic(Runtime& rt, Operator op, const Value& a, const Value& b) {
  if (op == Operator::power) return power(rt, a, b);
  if (op != Operator::divide && a.is_integer() && b.is_integer()) return integer_arithmetic(rt, op, a, b);
  const double x = real_of(a), y = real_of(b);
  const auto by_zero = [&](const char* why) { return rt.fail(ErrorClass::zero_division, why); };
  switch (op) {
    case Operator::add: return Value(x + y);
    case Operator::subtract: return Value(x - y);
    case Operator::multiply: return Value(x * y);
    case Operator::divide:
      if (y == 0) return by_zero(a.is(Kind::real) || b.is(Kind::real) ? "float division by zero" : "division by zero");
      return Value(x / y);
    case Operator::floor_divide: return y == 0 ? by_zero("float floor division by zero") : Value(floor_divide(x, y));
    default: return y == 0 ? by_zero("float modulo") : Value(floor_modulo(x, y));
  }
}

}  // namespace jinja
}  // namespace skald
