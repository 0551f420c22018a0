// Going through what a value holds.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "skald/text/jinja/interpreter.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

inline bool is_iterable(const Value& v) {
  return v.is_undefined() || (v.kind() >= Kind::string && v.kind() <= Kind::generator) || v.is(Kind::loop);
}

/// False, with Python's error, for what has no elements.
inline bool iterate(Interpreter& in, const Value& v, Iterator& it) {
  if (!is_iterable(v)) {
    in.type_error(std::string("'").append(type_name(v)).append("' object is not iterable"));
    return false;
  }
  it = {v, 0};
  return true;
}

/// The next element; false at the end or after a failure.
inline bool next(Interpreter& in, Iterator& it, Value& element) {
  if (!in.tick()) return false;
  const Value& v = it.over;
  const auto entries = [&] { return v.dict().entries; };
  switch (v.kind()) {
    case Kind::string: {
      if (it.at >= v.size()) return false;
      const std::string_view rest = v.text().substr(it.at);
      element = Value(rest.substr(0, std::size_t(first_of(rest).size)));
      it.at += element.size();
      return true;
    }
    case Kind::bytes:
      if (it.at >= v.size()) return false;
      element = Value::integer(static_cast<unsigned char>(v.text()[it.at++]));
      return true;
    case Kind::list:
    case Kind::tuple:
      if (it.at >= v.size()) return false;
      element = v.elements()[it.at++];
      return true;
    case Kind::dict:
    case Kind::keys:
      if (it.at >= entries().size()) return false;
      element = entries()[it.at++].key;
      return true;
    case Kind::values:
      if (it.at >= entries().size()) return false;
      element = entries()[it.at++].value;
      return true;
    case Kind::items:
      if (it.at >= entries().size()) return false;
      element = in.tuple({entries()[it.at].key, entries()[it.at].value});
      ++it.at;
      return true;
    case Kind::range:
      if (std::int64_t(it.at) >= v.as<Range>().size()) return false;
      element = Value(v.as<Range>()[std::int64_t(it.at++)]);
      return true;
    case Kind::generator: {
      const Depth depth(in);
      return depth && v.state<Generator>().next(in, v.state<Generator>(), element) && !in.failed();
    }
    default: return false;
  }
}

/// All elements; what failed shows in `in`.
inline std::vector<Value> elements_of(Interpreter& in, const Value& v) {
  std::vector<Value> all;
  Iterator it;
  if (!iterate(in, v, it)) return all;
  for (Value element; next(in, it, element);) all.push_back(element);
  return all;
}

/// len(v), or -1 where there is none.
inline std::int64_t size_of(const Value& v) {
  switch (v.kind()) {
    case Kind::undefined: return 0;
    case Kind::string: return length(v.text());
    case Kind::bytes:
    case Kind::list:
    case Kind::tuple: return std::int64_t(v.size());
    case Kind::dict:
    case Kind::keys:
    case Kind::values:
    case Kind::items: return std::int64_t(v.dict().entries.size());
    case Kind::range: return v.as<Range>().size();
    default: return -1;
  }
}

/// Whether `v` is an element (or a part of a text), as Python's `in`.
inline bool contains(Interpreter& in, const Value& container, const Value& v) {
  if (container.is_string()) {
    if (v.is_string())
      return in.tick(container.size() / 64 + 1) && container.text().find(v.text()) != std::string_view::npos;
    in.type_error(std::string("'in <string>' requires string as left operand, not ").append(type_name(v)));
    return false;
  }
  if (container.is(Kind::dict) || container.is(Kind::keys)) return container.dict().find(in, v) != nullptr;
  if (!is_iterable(container)) {
    in.type_error(std::string("argument of type '").append(type_name(container)).append("' is not iterable"));
    return false;
  }
  Iterator it;
  iterate(in, container, it);
  for (Value element; next(in, it, element);) {
    if (equal(in, element, v)) return true;
  }
  return false;
}

/// A generator whose elements `next` makes of v's.
inline Value generate(Interpreter& in, Generator::Next next, const Value& self, const Arguments& arguments = {}) {
  const Value positional = in.list(arguments.positional);
  auto* const named = in.arena().array<Named>(arguments.named.size());
  std::copy(arguments.named.begin(), arguments.named.end(), named);
  Generator g{};
  g.next = next;
  g.self = self;
  if (!in.failed()) g.arguments = {positional.elements(), {named, arguments.named.size()}};
  return Value::of(Kind::generator, in.arena().make(g));
}

}  // namespace jinja
}  // namespace skald
