// value.name and value[key], by the sandbox's rules.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

#include "skald/text/jinja/arguments.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

namespace detail {

/// Whether Python's object has such an attribute with a leading underscore, which the sandbox then hides.
inline bool is_internal(const Value& v, std::string_view name) {
  constexpr std::string_view of_all[] = {
      "__class__", "__delattr__", "__dir__", "__doc__", "__eq__", "__format__", "__ge__", "__getattribute__",
      "__getstate__", "__gt__", "__hash__", "__init__", "__init_subclass__", "__le__", "__lt__", "__ne__", "__new__",
      "__reduce__", "__reduce_ex__", "__repr__", "__setattr__", "__sizeof__", "__str__", "__subclasshook__"};
  constexpr std::string_view of_containers[] = {"__len__", "__iter__", "__getitem__", "__contains__"};
  const auto has = [&](const auto& names) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  };
  const bool container = size_of(v) >= 0 && !v.is_undefined();
  if (has(of_all) || (container && has(of_containers))) return true;
  const bool adds = v.is_number() || v.is_string() || v.is_sequence();
  return (adds && (name == "__add__" || name == "__mul__" || name == "__rmul__")) ||
         (v.is_undefined() && (name == "__len__" || name == "__iter__" || name == "__bool__"));
}

inline bool is_mutator(const Value& v, std::string_view name) {
  constexpr std::string_view of_lists[] = {"append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"};
  constexpr std::string_view of_dicts[] = {"clear", "pop", "popitem", "setdefault", "update"};
  const auto has = [&](const auto& names) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  };
  return v.is(Kind::list) ? has(of_lists) : v.is(Kind::dict) && has(of_dicts);
}

inline Value forbidden(Interpreter& in, const Value& v, std::string_view name) {
  const std::string why = std::string("access to attribute ").append(quoted(in, name)).append(" of '")
                              .append(type_name(v)).append("' object is unsafe.");
  return in.undefined({.hint = in.string(why).text(), .object = v, .name = Value(name), .forbidden = true});
}

inline Value macro_attribute(Interpreter& in, const Macro& m, std::string_view name) {
  if (name == "name") return m.name.empty() ? Value::none() : Value(m.name);
  if (name == "catch_kwargs") return Value(m.node->catch_named);
  if (name == "catch_varargs") return Value(m.node->catch_positional);
  if (name == "caller") return Value(m.node->flag);
  std::vector<Value> names;
  for (const Node* parameter : m.node->x) names.push_back(parameter->value);
  if (name == "arguments") return in.tuple(names);
  if (name == "explicit_caller") {
    return Value(std::any_of(names.begin(), names.end(), [](const Value& v) { return v.text() == "caller"; }));
  }
  return {};
}

inline Value number_attribute(const Value& v, std::string_view name) {
  const bool real = v.is(Kind::real);
  if (name == "imag") return real ? Value(0.0) : Value(std::int64_t{0});
  const Value itself = v.is(Kind::boolean) ? Value(v.small()) : v;
  if (name == "real" || (!real && name == "numerator")) return itself;
  if (!real && name == "denominator") return Value(std::int64_t{1});
  return {};
}

/// getattr(v, name); missing for Python's AttributeError.
inline Value attribute(Interpreter& in, const Value& v, std::string_view name) {
  if (name.starts_with('_')) {
    if (is_internal(v, name)) return forbidden(in, v, name);
    const bool dunder = name.starts_with("__") && name.ends_with("__");
    return v.is_undefined() && !dunder ? fail_undefined(in, v) : Value();
  }
  if (v.is_undefined()) return fail_undefined(in, v);
  if (is_mutator(v, name)) return forbidden(in, v, name);
  if (const Function* const method = in.find_method(v, name)) {
    return Value::of(Kind::method, in.arena().make(Method{method, v}));
  }
  switch (v.kind()) {
    case Kind::boolean:
    case Kind::integer:
    case Kind::big_integer:
    case Kind::real: return number_attribute(v, name);
    case Kind::tuple:
      if (v.is_group() && name == "grouper") return v.elements()[0];
      if (v.is_group() && name == "list") return v.elements()[1];
      return {};
    case Kind::range: {
      const Range& r = v.as<Range>();
      return name == "start"  ? Value(r.start)
             : name == "stop" ? Value(r.stop)
             : name == "step" ? Value(r.step)
                              : Value();
    }
    case Kind::name_space: {
      const Value* const found = v.state<Namespace>().find(name);
      return found ? *found : Value();
    }
    case Kind::macro: return macro_attribute(in, v.as<Macro>(), name);
    case Kind::loop: return Interpreter::loop_attribute(in, v, name);
    case Kind::cycler: {
      const Cycler& c = v.as<Cycler>();
      return name == "current" ? c.items[c.at]
             : name == "pos"   ? Value::integer(c.at)
             : name == "items" ? Value::tuple(c.items)
                               : Value();
    }
    case Kind::joiner:
      return name == "sep" ? v.as<Joiner>().separator : name == "used" ? Value(v.as<Joiner>().used) : Value();
    default: return {};
  }
}

/// v[key]; missing for Python's TypeError and LookupError.
inline Value item(Interpreter& in, const Value& v, const Value& key) {
  switch (v.kind()) {
    case Kind::undefined: return fail_undefined(in, v);
    case Kind::dict: {
      if (!is_hashable(key)) return {};
      const Value* const found = v.dict().find(in, key);
      return found ? *found : Value();
    }
    case Kind::string:
    case Kind::bytes:
    case Kind::list:
    case Kind::tuple:
    case Kind::range: {
      if (!key.is_integer() || key.is(Kind::big_integer)) return {};
      std::int64_t i = key.small();
      const std::int64_t n = size_of(v);
      if (i < 0) i += n;
      if (i < 0 || i >= n) return {};
      if (v.is_sequence()) return v.elements()[std::size_t(i)];
      if (v.is(Kind::range)) return Value(v.as<Range>()[i]);
      if (v.is(Kind::bytes)) return Value::integer(static_cast<unsigned char>(v.text()[std::size_t(i)]));
      in.tick(v.size() / 64);
      return Value(slice(v.text(), i, i + 1), v.is_markup());
    }
    case Kind::self: {
      const Node* const block = key.is_string() ? in.find_block(key.text()) : nullptr;
      return block ? Value::of(Kind::block, in.arena().make(BlockReference{block})) : Value();
    }
    default: return {};
  }
}

inline Value no_member(Interpreter& in, const Value& v, const Value& name) {
  return in.failed() ? Value::none() : in.undefined({.hint = {}, .object = v, .name = name});
}

}  // namespace detail

/// v.name: the attribute, else the item, else undefined.
inline Value get_attribute(Interpreter& in, const Value& v, const Value& name) {
  Value found = detail::attribute(in, v, name.text());
  if (found.is_missing()) found = detail::item(in, v, name);
  return found.is_missing() ? detail::no_member(in, v, name) : found;
}

/// v[key]: the item, else for a text the attribute, else undefined.
inline Value get_item(Interpreter& in, const Value& v, const Value& key) {
  Value found = detail::item(in, v, key);
  if (found.is_missing() && key.is_string()) found = detail::attribute(in, v, key.text());
  return found.is_missing() ? detail::no_member(in, v, key) : found;
}

}  // namespace jinja
}  // namespace skald
