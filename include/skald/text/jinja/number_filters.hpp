// Filters on numbers, and to them.
#pragma once
#include <cmath>
#include <string>
#include <string_view>

#include "skald/text/jinja/operators.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {
namespace filters {

inline Value abs(Interpreter& in, const Value& self, const Arguments& arguments) {
  if (!bind(in, "abs", arguments, {}, nullptr)) return Value::none();
  if (self.is(Kind::real)) return Value(std::fabs(self.real()));
  if (!self.is_integer())
    return in.type_error(std::string("bad operand type for abs(): '").append(type_name(self)).append("'"));
  return compare_numbers(self, Value(std::int64_t{0})) < 0 ? minus(in, self) : plus(in, self);
}

/// int(v) of a float: towards zero.
inline Value truncated(Interpreter& in, double v) {
  if (std::isinf(v)) return in.fail(ErrorClass::overflow, "cannot convert float infinity to integer");
  return integer_value(in, BigInteger(std::trunc(v)));
}

inline Value int_filter(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[2] = {Value(std::int64_t{0}), Value(std::int64_t{10})};
  if (!bind(in, "do_int", arguments, {"default", "base"}, given)) return Value::none();
  if (self.is_undefined()) return fail_undefined(in, self);
  if (self.is_integer()) return plus(in, self);
  if (self.is(Kind::real)) return std::isnan(self.real()) ? given[0] : truncated(in, self.real());
  if (!self.is_string()) return given[0];
  std::int64_t base = 10;
  // A base that is none is Python's ValueError, after which the text is tried as a float.
  if (given[1].is_integer() && !given[1].is(Kind::big_integer)) base = given[1].small();
  const bool right_base = given[1].is_integer() && (base == 0 || (base >= 2 && base <= 36));
  if (right_base) {
    if (const auto value = parse_integer(self.text(), int(base))) return integer_value(in, *value);
  }
  const auto real = parse_real(self.text());
  return real && std::isfinite(*real) ? truncated(in, *real) : given[0];
}

inline Value float_filter(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value otherwise(0.0);
  if (!bind(in, "do_float", arguments, {"default"}, &otherwise)) return Value::none();
  if (self.is_undefined()) return fail_undefined(in, self);
  if (self.is_number()) {
    const double v = real_of(self);
    if (self.is(Kind::big_integer) && std::isinf(v))
      return in.fail(ErrorClass::overflow, "int too large to convert to float");
    return Value(v);
  }
  if (!self.is_string()) return otherwise;
  const auto v = parse_real(self.text());
  return v ? Value(*v) : otherwise;
}

/// round(v, digits) of an integer: to tens, hundreds and so on, half to even.
inline Value rounded_integer(Interpreter& in, const Value& v, std::int64_t digits) {
  if (digits >= 0) return plus(in, v);
  if (digits < -400) return Value(std::int64_t{0});
  const Value unit = power(in, Value(std::int64_t{10}), Value(-digits));
  const Value rest = integer_arithmetic(in, Operator::modulo, v, unit);
  const Value down = integer_arithmetic(in, Operator::subtract, v, rest);
  const Value twice = integer_arithmetic(in, Operator::add, rest, rest);
  if (in.failed()) return Value::none();
  const int order = compare_numbers(twice, unit);
  const Value quotient = integer_arithmetic(in, Operator::floor_divide, down, unit);
  const bool odd = !is_zero(integer_arithmetic(in, Operator::modulo, quotient, Value(std::int64_t{2})));
  return order > 0 || (order == 0 && odd) ? integer_arithmetic(in, Operator::add, down, unit) : down;
}

inline Value round(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[2] = {Value(std::int64_t{0}), Value(std::string_view("common"))};
  if (!bind(in, "do_round", arguments, {"precision", "method"}, given)) return Value::none();
  const std::string_view method = given[1].is_string() ? given[1].text() : std::string_view();
  if (method != "common" && method != "ceil" && method != "floor") {
    return in.fail(ErrorClass::filter_argument, "method must be common, ceil or floor");
  }
  if (method == "common") {
    if (!self.is_number())
      return in.type_error(std::string("type ").append(type_name(self)).append(" doesn't define __round__ method"));
    std::int64_t digits = 0;
    if (given[0].is_none()) {
      return self.is_integer()         ? plus(in, self)
             : std::isnan(self.real()) ? in.value_error("cannot convert float NaN to integer")
                                       : truncated(in, rounded(self.real(), 0));
    }
    if (!index_of(in, given[0], digits)) return Value::none();
    if (self.is_integer()) return rounded_integer(in, self, digits);
    const double v = rounded(self.real(), digits);
    if (std::isinf(v) && !std::isinf(self.real()))
      return in.fail(ErrorClass::overflow, "rounded value too large to represent");
    return Value(v);
  }
  if (self.is_undefined()) return fail_undefined(in, self);
  if (!self.is_number()) return in.type_error(std::string("must be real number, not ").append(type_name(self)));
  const Value scale = power(in, Value(std::int64_t{10}), given[0].is_number() ? given[0] : Value(std::int64_t{0}));
  const Value scaled = binary(in, Operator::multiply, self, scale);
  if (in.failed()) return Value::none();
  Value whole = scaled;
  if (scaled.is(Kind::real)) {
    if (std::isnan(scaled.real())) return in.value_error("cannot convert float NaN to integer");
    whole = truncated(in, method == "ceil" ? std::ceil(scaled.real()) : std::floor(scaled.real()));
  }
  return in.failed() ? Value::none() : binary(in, Operator::divide, whole, scale);
}

inline Value filesizeformat(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value binary_units(false);
  if (!bind(in, "do_filesizeformat", arguments, {"binary"}, &binary_units)) return Value::none();
  if (self.is_undefined()) return fail_undefined(in, self);
  std::optional<double> bytes;
  if (self.is_number()) bytes = real_of(self);
  else if (self.is_string()) bytes = parse_real(self.text());
  else
    return in.type_error(
        std::string("float() argument must be a string or a real number, not '").append(type_name(self)).append("'"));
  if (!bytes) return in.value_error("could not convert string to float: " + repr_text(in, self));
  const bool two = truth(binary_units);
  const double base = two ? 1024 : 1000;
  if (*bytes == 1) return Value(std::string_view("1 Byte"));
  if (*bytes < base) {
    const Value whole = truncated(in, *bytes);
    return in.failed() ? Value::none() : in.string(integer_text(in, whole).append(" Bytes"));
  }
  constexpr std::string_view units = "kMGTPEZY";
  double unit = base;
  for (std::size_t i = 0; i < units.size(); ++i) {
    unit *= base;
    if (!(*bytes < unit) && i + 1 < units.size()) continue;
    const double shown = base * *bytes / unit;
    std::string text =
        not_finite(shown).empty() ? with_precision(shown, std::chars_format::fixed, 1) : std::string(not_finite(shown));
    text.append(" ");
    if (two) text.append(1, i == 0 ? 'K' : units[i]).append("iB");
    else text.append(1, units[i]).append("B");
    return in.string(text);
  }
  return Value::none();
}

}  // namespace filters
}  // namespace jinja
}  // namespace skald
