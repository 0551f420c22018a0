// The `attribute=` of filters: "a.b.0" goes through members and elements.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/attributes.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// The parts of a path: texts and integers.
inline std::vector<Value> path_parts(Interpreter& in, const Value& path) {
  std::vector<Value> parts;
  if (path.is_none() || path.is_missing()) return parts;
  if (!path.is_string()) return {path};
  std::string_view rest = path.text();
  for (;;) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    const std::string_view part = rest.substr(0, dot);
    const bool digits = !part.empty() && part.find_first_not_of("0123456789") == part.npos && part.size() < 1000;
    parts.push_back(digits ? integer_value(in, *parse_integer(part, 10)) : Value(part));
    if (dot == rest.size()) return parts;
    rest.remove_prefix(dot + 1);
  }
}

/// Follows a path; `otherwise` takes the place of what is undefined on the way, where it is given.
inline Value get_path(Interpreter& in, Value v, const Value& path, const Value& otherwise = Value::none()) {
  for (const Value& part : path_parts(in, path)) {
    v = get_item(in, v, part);
    if (v.is_undefined() && !otherwise.is_none()) v = otherwise;
    if (in.failed()) return Value::none();
  }
  return v;
}

/// Texts in lower case, other values as they are: how filters compare unless they are case sensitive.
inline Value without_case(Interpreter& in, const Value& v) {
  return v.is_string() && in.room(3 * v.size()) ? in.string(in_case(v.text(), Case::lower)) : v;
}

}  // namespace jinja
}  // namespace skald
