// All tests by name: what stands behind `is`.
#pragma once
#include <string_view>

#include "skald/text/jinja/methods.hpp"
#include "skald/text/jinja/operators.hpp"
#include "skald/text/jinja/select_filters.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {
namespace tests {

/// A test that asks one thing of a value.
template <bool (*is)(const Value&)>
Value plain(Interpreter& in, const Value& self, const Arguments& arguments) {
  return bind(in, "this test", arguments, {}, nullptr) ? Value(is(self)) : Value::none();
}

inline bool is_defined(const Value& v) { return !v.is_undefined(); }
inline bool is_undefined(const Value& v) { return v.is_undefined(); }
inline bool is_none(const Value& v) { return v.is_none(); }
inline bool is_boolean(const Value& v) { return v.is(Kind::boolean); }
inline bool is_true(const Value& v) { return v.is(Kind::boolean) && v.boolean(); }
inline bool is_false(const Value& v) { return v.is(Kind::boolean) && !v.boolean(); }
inline bool is_integer(const Value& v) { return v.is_integer() && !v.is(Kind::boolean); }
inline bool is_float(const Value& v) { return v.is(Kind::real); }
inline bool is_number(const Value& v) { return v.is_number(); }
inline bool is_string(const Value& v) { return v.is_string(); }
inline bool is_mapping(const Value& v) { return v.is(Kind::dict); }
inline bool is_sequence(const Value& v) {
  return size_of(v) >= 0 && !v.is(Kind::keys) && !v.is(Kind::values) && !v.is(Kind::items);
}
inline bool is_iterable_test(const Value& v) { return is_iterable(v); }
inline bool is_callable(const Value& v) { return v.is_callable() || v.is_undefined(); }
inline bool is_escaped(const Value& v) { return v.is_markup(); }

template <bool upper>
Value is_case(Interpreter& in, const Value& self, const Arguments& arguments) {
  const Value text = str(in, self);
  if (in.failed() || !bind(in, "this test", arguments, {}, nullptr)) return Value::none();
  return upper ? string_methods::isupper(in, text, {}) : string_methods::islower(in, text, {});
}

inline Value remainder_is(Interpreter& in, const Value& self, const Value& by, std::int64_t wanted) {
  const Value rest = binary(in, Operator::modulo, self, by);
  return in.failed() ? rest : Value(equal(in, rest, Value(wanted)));
}
inline Value odd(Interpreter& in, const Value& self, const Arguments& arguments) {
  return bind(in, "test_odd", arguments, {}, nullptr) ? remainder_is(in, self, Value(std::int64_t{2}), 1)
                                                      : Value::none();
}
inline Value even(Interpreter& in, const Value& self, const Arguments& arguments) {
  return bind(in, "test_even", arguments, {}, nullptr) ? remainder_is(in, self, Value(std::int64_t{2}), 0)
                                                       : Value::none();
}
inline Value divisibleby(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value by;
  return bind(in, "test_divisibleby", arguments, {"num"}, &by, 1) ? remainder_is(in, self, by, 0) : Value::none();
}

template <Operator op>
Value comparison(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value other;
  return bind(in, "this test", arguments, {"other"}, &other, 1) ? Value(compare(in, op, self, other)) : Value::none();
}

inline Value sameas(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value other;
  if (!bind(in, "test_sameas", arguments, {"other"}, &other, 1)) return Value::none();
  const bool by_value = self.is_number() || self.is_string() || self.is_none();
  return Value(self.kind() == other.kind() && (by_value ? equal(in, self, other) : self.object() == other.object()));
}

template <bool test>
Value is_known(Interpreter& in, const Value& self, const Arguments& arguments) {
  if (!bind(in, "this test", arguments, {}, nullptr)) return Value::none();
  if (!is_hashable(self)) return in.type_error(std::string("unhashable type: '").append(type_name(self)).append("'"));
  return Value(self.is_string() && (test ? in.find_test(self.text()) : in.find_filter(self.text())) != nullptr);
}

inline constexpr Function table[] = {
    {"defined", plain<is_defined>}, {"undefined", plain<is_undefined>}, {"none", plain<is_none>},
    {"string", plain<is_string>}, {"mapping", plain<is_mapping>}, {"sequence", plain<is_sequence>},
    {"iterable", plain<is_iterable_test>}, {"number", plain<is_number>}, {"integer", plain<is_integer>},
    {"float", plain<is_float>}, {"boolean", plain<is_boolean>}, {"true", plain<is_true>}, {"false", plain<is_false>},
    {"callable", plain<is_callable>}, {"escaped", plain<is_escaped>}, {"lower", is_case<false>},
    {"upper", is_case<true>}, {"odd", odd}, {"even", even}, {"divisibleby", divisibleby}, {"sameas", sameas},
    {"in", comparison<Operator::in>}, {"filter", is_known<false>}, {"test", is_known<true>},
    {"==", comparison<Operator::equal>}, {"eq", comparison<Operator::equal>}, {"equalto", comparison<Operator::equal>},
    {"!=", comparison<Operator::not_equal>}, {"ne", comparison<Operator::not_equal>},
    {">", comparison<Operator::greater>}, {"gt", comparison<Operator::greater>},
    {"greaterthan", comparison<Operator::greater>}, {"ge", comparison<Operator::greater_equal>},
    {">=", comparison<Operator::greater_equal>}, {"<", comparison<Operator::less>}, {"lt", comparison<Operator::less>},
    {"lessthan", comparison<Operator::less>}, {"<=", comparison<Operator::less_equal>},
    {"le", comparison<Operator::less_equal>},
};

}  // namespace tests

inline const Function* Interpreter::find_test(std::string_view name) { return find_function(tests::table, name); }

}  // namespace jinja
}  // namespace skald
