// a + b, a[start:stop] and the other operators on any values.
#pragma once
#include <cmath>
#include <string>
#include <string_view>

#include "skald/text/jinja/arguments.hpp"
#include "skald/text/jinja/percent_format.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {
namespace detail {

inline Value unsupported_operands(Runtime& rt, Operator op, const Value& a, const Value& b) {
  constexpr const char* signs[] = {"+", "-", "*", "/", "//", "%", "** or pow()"};
  return rt.type_error(std::string("unsupported operand type(s) for ").append(signs[int(op)]).append(": '")
                           .append(type_name(a)).append("' and '").append(type_name(b)).append("'"));
}

inline Value concatenate(Runtime& rt, const Value& a, const Value& b) {
  if (a.is_string() && b.is_string()) {
    if (a.is_markup() == b.is_markup()) return rt.join(a.text(), b.text(), a.is_markup());
    const Value x = escape(rt, a), y = escape(rt, b);
    return rt.failed() ? Value::none() : rt.join(x.text(), y.text(), true);
  }
  if (a.is_sequence() && a.kind() == b.kind()) {
    if (!rt.tick(a.size() + b.size()) || !rt.room((a.size() + b.size()) * sizeof(Value))) return Value::none();
    auto* const all = rt.arena().array<Value>(a.size() + b.size());
    std::copy(a.elements().begin(), a.elements().end(), all);
    std::copy(b.elements().begin(), b.elements().end(), all + a.size());
    return Value::of(a.kind(), all, a.size() + b.size());
  }
  if (a.is_string()) {
    return rt.type_error(std::string("can only concatenate str (not \"").append(type_name(b)).append("\") to str"));
  }
  if (a.is_sequence()) {
    const std::string type(a.is(Kind::list) ? "list" : "tuple");
    return rt.type_error(std::string("can only concatenate ").append(type).append(" (not \"").append(type_name(b))
                             .append("\") to ").append(type));
  }
  return unsupported_operands(rt, Operator::add, a, b);
}

inline Value repeat(Runtime& rt, const Value& sequence, const Value& times) {
  if (!times.is_integer()) {
    return rt.type_error(
        std::string("can't multiply sequence by non-int of type '").append(type_name(times)).append("'"));
  }
  if (times.is(Kind::big_integer) && !times.is_negative())
    return rt.fail(ErrorClass::overflow, "cannot fit 'int' into an index-sized integer");
  const std::int64_t n = times.is(Kind::big_integer) ? 0 : std::max<std::int64_t>(times.small(), 0);
  const std::size_t each = sequence.is_string() ? sequence.size() : sequence.size() * sizeof(Value);
  const bool fits = each == 0 || std::uint64_t(n) <= rt.limits().memory / each;
  if (!rt.room(fits ? each * std::size_t(n) : SIZE_MAX) || !rt.tick(each == 0 ? 1 : std::uint64_t(n) * each / 16 + 1))
    return Value::none();
  if (sequence.is_string()) {
    std::string text;
    for (std::int64_t i = 0; i < n && each; ++i) text.append(sequence.text());
    return rt.string(text, sequence.is_markup());
  }
  const std::size_t total = each ? sequence.size() * std::size_t(n) : 0;
  auto* const all = rt.arena().array<Value>(total);
  for (std::size_t i = 0; i < total; ++i) all[i] = sequence.elements()[i % sequence.size()];
  return Value::of(sequence.kind(), all, total);
}

}  // namespace detail

/// +, -, *, /, //, %, **
inline Value binary(Runtime& rt, Operator op, const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return arithmetic(rt, op, a, b);
  if (a.is_string() && op == Operator::modulo) return PercentFormat(rt, a, b).run();
  if (a.is_undefined() || b.is_undefined()) return fail_undefined(rt, a.is_undefined() ? a : b);
  if (op == Operator::add) return detail::concatenate(rt, a, b);
  const auto repeats = [](const Value& v) { return v.is_string() || v.is_sequence(); };
  if (op == Operator::multiply && repeats(a)) return detail::repeat(rt, a, b);
  if (op == Operator::multiply && repeats(b)) return detail::repeat(rt, b, a);
  return detail::unsupported_operands(rt, op, a, b);
}

inline bool compare(Interpreter& in, Operator op, const Value& a, const Value& b) {
  switch (op) {
    case Operator::equal: return equal(in, a, b);
    case Operator::not_equal: return !equal(in, a, b);
    case Operator::in: return contains(in, b, a);
    case Operator::not_in: return !contains(in, b, a);
    default: return ordered(in, op, a, b);
  }
}

inline Value minus(Runtime& rt, const Value& v) {
  if (v.is(Kind::real)) return Value(-v.real());
  if (v.is_integer()) return integer_arithmetic(rt, Operator::subtract, Value(std::int64_t{0}), v);
  if (v.is_undefined()) return fail_undefined(rt, v);
  return rt.type_error(std::string("bad operand type for unary -: '").append(type_name(v)).append("'"));
}
inline Value plus(Runtime& rt, const Value& v) {
  if (v.is(Kind::boolean)) return Value(v.small());
  if (v.is_number()) return v;
  if (v.is_undefined()) return fail_undefined(rt, v);
  return rt.type_error(std::string("bad operand type for unary +: '").append(type_name(v)).append("'"));
}

/// v[start:stop:step]; what is missing or None is left open.
inline Value slice_of(Interpreter& in, const Value& v, const Value& start, const Value& stop, const Value& step) {
  if (v.is_undefined()) return fail_undefined(in, v);
  const bool sliceable = v.is_string() || v.is_sequence() || v.is(Kind::range) || v.is(Kind::bytes);
  if (!sliceable) {
    if (v.is(Kind::dict)) return in.type_error("unhashable type: 'slice'");
    return in.type_error(std::string("'").append(type_name(v)).append("' object is not subscriptable"));
  }
  const auto read = [&](const Value& given, std::int64_t otherwise) {
    if (given.is_missing() || given.is_none()) return otherwise;
    std::int64_t i = 0;
    if (given.is_integer()) index_of(in, given, i);
    else in.type_error("slice indices must be integers or None or have an __index__ method");
    return i;
  };
  const std::int64_t by = read(step, 1), n = size_of(v);
  if (in.failed()) return Value::none();
  if (by == 0) return in.value_error("slice step cannot be zero");
  const auto clamp = [&](std::int64_t i) {
    if (i < 0) i = i < -n ? -1 : i + n;
    else if (i > n) i = n;
    else return by < 0 && i == n ? n - 1 : i;
    return by < 0 ? std::min(std::max<std::int64_t>(i, -1), n - 1) : std::max<std::int64_t>(i, 0);
  };
  const bool open_start = start.is_missing() || start.is_none(), open_stop = stop.is_missing() || stop.is_none();
  const std::int64_t from = open_start ? (by < 0 ? n - 1 : 0) : clamp(read(start, 0));
  const std::int64_t to = open_stop ? (by < 0 ? -1 : n) : clamp(read(stop, 0));
  if (in.failed()) return Value::none();
  const Range places{from, to, by};
  const std::int64_t size = places.size();
  if (v.is(Kind::range)) {
    const Range& r = v.as<Range>();
    return Value::of(Kind::range, in.arena().make(Range{r[from], r[to], r.step * by}));
  }
  if (!in.tick(std::uint64_t(size) / 16 + v.size() / 64 + 1)) return Value::none();
  if (v.is_string() && by == 1) return Value(size == 0 ? std::string_view() : slice(v.text(), from, to), v.is_markup());
  if (v.is_sequence() && by == 1) return Value::of(v.kind(), v.elements().data() + from, std::size_t(size));
  if (v.is_sequence()) {
    if (!in.room(std::size_t(size) * sizeof(Value))) return Value::none();
    auto* const all = in.arena().array<Value>(std::size_t(size));
    for (std::int64_t i = 0; i < size; ++i) all[i] = v.elements()[std::size_t(places[i])];
    return Value::of(v.kind(), all, std::size_t(size));
  }
  if (v.is(Kind::bytes)) return in.fail(ErrorClass::unsupported, "slices of bytes are not supported");
  std::vector<std::string_view> characters;
  Iterator it{v, 0};
  if (!in.room(v.size() * sizeof(std::string_view))) return Value::none();
  for (Value c; next(in, it, c);) characters.push_back(c.text());
  std::string text;
  for (std::int64_t i = 0; i < size && !in.failed(); ++i) text.append(characters[std::size_t(places[i])]);
  return in.string(text, v.is_markup());
}

}  // namespace jinja
}  // namespace skald
