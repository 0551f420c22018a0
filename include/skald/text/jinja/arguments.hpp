// Taking a call's arguments apart, with Python's complaints.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

#include "skald/text/jinja/iterate.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// Puts arguments in the places of `names`; what is not given stays as it is in `to`. The first `required` must be
/// given. Names that begin with '/' can not be given by name.
inline bool bind(Runtime& rt, std::string_view function, const Arguments& given,
                 std::initializer_list<std::string_view> names, Value* to, std::size_t required = 0) {
  const auto fail = [&](std::string why) {
    rt.type_error(std::string(function).append("() ").append(why));
    return false;
  };
  const std::size_t n = given.positional.size();
  if (n > names.size()) {
    return fail("takes at most " + std::to_string(names.size()) + " arguments (" + std::to_string(n) + " given)");
  }
  for (std::size_t i = 0; i < n; ++i) to[i] = given.positional[i];
  std::uint64_t seen = (std::uint64_t{1} << n) - 1;
  for (const Named& named : given.named) {
    std::size_t i = 0;
    for (const std::string_view name : names) {
      if (name == named.name) break;
      ++i;
    }
    if (i == names.size()) return fail("got an unexpected keyword argument " + quoted(rt, named.name));
    if (seen >> i & 1) return fail("got multiple values for argument " + quoted(rt, named.name));
    seen |= std::uint64_t{1} << i;
    to[i] = named.value;
  }
  for (std::size_t i = 0; i < required; ++i) {
    if (!(seen >> i & 1)) {
      return fail("missing 1 required positional argument: " + quoted(rt, *(names.begin() + i)));
    }
  }
  return true;
}

/// Python's operator.index: an int, or the error.
inline bool index_of(Runtime& rt, const Value& v, std::int64_t& to) {
  if (v.is(Kind::big_integer)) {
    to = v.is_negative() ? INT64_MIN : INT64_MAX;
    return true;
  }
  if (v.is_integer()) {
    to = v.small();
    return true;
  }
  rt.type_error(std::string("'").append(type_name(v)).append("' object cannot be interpreted as an integer"));
  return false;
}

/// A text, or an error that says what it is for.
inline bool text_of(Runtime& rt, const Value& v, std::string_view what, std::string_view& to) {
  if (v.is_string()) {
    to = v.text();
    return true;
  }
  rt.type_error(std::string(what).append(" must be str, not ").append(type_name(v)));
  return false;
}

}  // namespace jinja
}  // namespace skald
