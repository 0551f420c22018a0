// `loop` of a for body, cycler() and joiner().
#pragma once
#include <string>
#include <string_view>

#include "skald/text/jinja/arguments.hpp"
#include "skald/text/jinja/attributes.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// The element after the current one, asked for early.
inline const Value& peek(Interpreter& in, Loop& loop) {
  if (loop.after.is_missing() && !next(in, loop.iterator, loop.after)) loop.after = {};
  return loop.after;
}

/// Goes on to the next element; false at the end.
inline bool advance(Interpreter& in, Loop& loop) {
  Value element = loop.after;
  loop.after = {};
  if (element.is_missing() && !next(in, loop.iterator, element)) return false;
  ++loop.index0;
  loop.before = loop.current;
  loop.current = element;
  return true;
}

/// How many elements there are in all; a generator is run to its end for it.
inline std::int64_t length_of(Interpreter& in, Loop& loop) {
  if (loop.length >= 0) return loop.length;
  loop.length = size_of(loop.iterator.over);
  if (loop.length < 0) {
    std::vector<Value> rest;
    for (Value element; next(in, loop.iterator, element);) rest.push_back(element);
    loop.length = std::int64_t(rest.size()) + loop.index0 + 1 + !loop.after.is_missing();
    loop.iterator = {in.list(rest), 0};
    if (in.failed()) loop.iterator = {Value::list({}), 0};
  }
  return loop.length;
}

inline Value Interpreter::loop_attribute(Interpreter& in, const Value& v, std::string_view name) {
  Loop& loop = v.state<Loop>();
  if (name == "index") return Value(loop.index0 + 1);
  if (name == "index0") return Value(loop.index0);
  if (name == "first") return Value(loop.index0 == 0);
  if (name == "last") return Value(peek(in, loop).is_missing());
  if (name == "length") return Value(length_of(in, loop));
  if (name == "revindex") return Value(length_of(in, loop) - loop.index0);
  if (name == "revindex0") return Value(length_of(in, loop) - loop.index0 - 1);
  if (name == "depth") return Value(loop.depth0 + 1);
  if (name == "depth0") return Value(loop.depth0);
  if (name == "previtem") {
    return loop.index0 == 0 ? in.undefined({.hint = "there is no previous item", .object = {}, .name = {}})
                            : loop.before;
  }
  if (name == "nextitem") {
    const Value after = peek(in, loop);
    return after.is_missing() ? in.undefined({.hint = "there is no next item", .object = {}, .name = {}}) : after;
  }
  return {};
}

namespace loop_methods {

inline Value cycle(Interpreter& in, const Value& self, const Arguments& arguments) {
  const auto n = std::int64_t(arguments.positional.size());
  if (n == 0) return in.type_error("no items for cycling given");
  return arguments.positional[std::size_t(self.as<Loop>().index0 % n)];
}
inline Value changed(Interpreter& in, const Value& self, const Arguments& arguments) {
  Loop& loop = self.state<Loop>();
  const Value now = in.tuple(arguments.positional);
  if (!loop.last_changed.is_missing() && equal(in, loop.last_changed, now)) return Value(false);
  loop.last_changed = now;
  return Value(true);
}

inline constexpr Function table[] = {{"cycle", cycle}, {"changed", changed}};

}  // namespace loop_methods

namespace cycler_methods {

inline Value next(Interpreter&, const Value& self, const Arguments&) {
  Cycler& c = self.state<Cycler>();
  const Value current = c.items[c.at];
  c.at = (c.at + 1) % c.items.size();
  return current;
}
inline Value reset(Interpreter&, const Value& self, const Arguments&) {
  self.state<Cycler>().at = 0;
  return Value::none();
}

inline constexpr Function table[] = {{"next", next}, {"reset", reset}};

}  // namespace cycler_methods

}  // namespace jinja
}  // namespace skald
