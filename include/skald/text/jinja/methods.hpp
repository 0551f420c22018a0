// Methods of lists, tuples, dicts and numbers, and where all methods are found.
#pragma once
#include <cmath>
#include <string>
#include <string_view>

#include "skald/text/jinja/loops.hpp"
#include "skald/text/jinja/string_case_methods.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {
namespace sequence_methods {

inline Value count(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value wanted;
  if (!bind(in, "count", arguments, {"value"}, &wanted, 1)) return Value::none();
  std::int64_t n = 0;
  Iterator it{self, 0};
  for (Value element; next(in, it, element);) n += equal(in, element, wanted);
  return Value(n);
}

inline Value index(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[3];
  std::int64_t n = size_of(self), start = 0, stop = n;
  if (!bind(in, "index", arguments, {"value", "start", "stop"}, given, 1) ||
      !string_methods::optional_index(in, given[1], start) || !string_methods::optional_index(in, given[2], stop)) {
    return Value::none();
  }
  if (start < 0) start = std::max<std::int64_t>(start + n, 0);
  if (stop < 0) stop += n;
  Iterator it{self, std::size_t(start)};
  Value element;
  for (std::int64_t i = start; i < stop && next(in, it, element); ++i) {
    if (equal(in, element, given[0])) return Value(i);
  }
  if (in.failed()) return Value::none();
  const std::string where = self.is(Kind::tuple)
                                ? "tuple.index(x): x not in tuple"
                                : repr_text(in, given[0]) + " is not in " + std::string(type_name(self));
  return in.value_error(where);
}

inline Value copy(Interpreter&, const Value& self, const Arguments&) { return self; }

inline constexpr Function of_lists[] = {{"count", count}, {"index", index}, {"copy", copy}};
inline constexpr Function of_tuples[] = {{"count", count}, {"index", index}};

}  // namespace sequence_methods

namespace dict_methods {

inline Value get(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[2] = {{}, Value::none()};
  if (!bind(in, "get", arguments, {"key", "default"}, given, 1)) return Value::none();
  const Value* const found = self.dict().find(in, given[0]);
  return found ? *found : given[1];
}
inline Value view(Interpreter& in, const Value& self, const Arguments& arguments, std::string_view name, Kind kind) {
  return bind(in, name, arguments, {}, nullptr) ? Value::of(kind, &self.dict()) : Value::none();
}
inline Value keys(Interpreter& in, const Value& self, const Arguments& a) {
  return view(in, self, a, "keys", Kind::keys);
}
inline Value values(Interpreter& in, const Value& self, const Arguments& a) {
  return view(in, self, a, "values", Kind::values);
}
inline Value items(Interpreter& in, const Value& self, const Arguments& a) {
  return view(in, self, a, "items", Kind::items);
}

inline Value fromkeys(Interpreter& in, const Value&, const Arguments& arguments) {
  Value given[2] = {{}, Value::none()};
  if (!bind(in, "fromkeys", arguments, {"iterable", "value"}, given, 1)) return Value::none();
  DictBuilder made(in);
  for (const Value& key : elements_of(in, given[0])) made.set(key, given[1]);
  return made.value();
}

inline constexpr Function table[] = {{"get", get}, {"items", items}, {"keys", keys}, {"values", values},
                                     {"copy", sequence_methods::copy}, {"fromkeys", fromkeys}};

}  // namespace dict_methods

namespace number_methods {

inline Value bit_length(Interpreter&, const Value& self, const Arguments&) { return Value::integer(big(self).bits()); }
inline Value is_integer(Interpreter&, const Value& self, const Arguments&) {
  return Value(!self.is(Kind::real) || (std::isfinite(self.real()) && self.real() == std::floor(self.real())));
}
inline Value conjugate(Interpreter&, const Value& self, const Arguments&) { return self; }

inline constexpr Function of_integers[] = {
    {"bit_length", bit_length}, {"is_integer", is_integer}, {"conjugate", conjugate}};
inline constexpr Function of_reals[] = {{"is_integer", is_integer}, {"conjugate", conjugate}};

}  // namespace number_methods

inline const Function* find_function(std::span<const Function> table, std::string_view name) {
  for (const Function& f : table) {
    if (f.name == name) return &f;
  }
  return nullptr;
}

inline const Function* Interpreter::find_method(const Value& v, std::string_view name) {
  switch (v.kind()) {
    case Kind::string: return find_function(string_methods::table, name);
    case Kind::list: return find_function(sequence_methods::of_lists, name);
    case Kind::tuple:
    case Kind::range: return find_function(sequence_methods::of_tuples, name);
    case Kind::dict: return find_function(dict_methods::table, name);
    case Kind::boolean:
    case Kind::integer:
    case Kind::big_integer: return find_function(number_methods::of_integers, name);
    case Kind::real: return find_function(number_methods::of_reals, name);
    case Kind::loop: return find_function(loop_methods::table, name);
    case Kind::cycler: return find_function(cycler_methods::table, name);
    // Of functions only the global `dict` has one.
    case Kind::function:
      return v.as<Function>().name == "dict" && name == "fromkeys" ? &dict_methods::table[5] : nullptr;
    default: return nullptr;
  }
}

}  // namespace jinja
}  // namespace skald
