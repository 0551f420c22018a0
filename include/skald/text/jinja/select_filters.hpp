// Filters that go through a sequence with another filter or a test: map, select, reject and their like.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/sequence_filters.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

namespace filters {

/// A filter or test of a name that is only known now.
inline const Function* function_named(Interpreter& in, const Value& name, bool test) {
  const Function* const found = !name.is_string() ? nullptr
                                : test            ? in.find_test(name.text())
                                                  : in.find_filter(name.text());
  if (!found) {
    in.fail(ErrorClass::template_runtime, std::string("No ").append(test ? "test" : "filter").append(" named ")
                                              .append(repr_text(in, name)).append("."));
  }
  return found;
}

/// What is left of arguments behind the first n.
inline Arguments behind(const Arguments& arguments, std::size_t n) {
  return {arguments.positional.subspan(std::min(n, arguments.positional.size())), arguments.named};
}

inline bool next_mapped(Interpreter& in, Generator& g, Value& element) {
  if (!g.started) {
    g.started = true;
    if (!truth(g.self)) g.self = Value::list({});
    if (!iterate(in, g.self, g.source)) return false;
    if (!truth(g.self)) return false;
    const auto& named = g.arguments.named;
    const auto is_attribute = [](const Named& n) { return n.name == "attribute"; };
    g.flag = g.arguments.positional.empty() && std::any_of(named.begin(), named.end(), is_attribute);
    if (!g.flag) {
      if (g.arguments.positional.empty())
        return in.fail(ErrorClass::filter_argument, "map requires a filter argument").boolean();
      g.function = function_named(in, g.arguments.positional[0], false);
    }
  }
  if (g.flag) {
    Value attribute = Value::none(), otherwise = Value::none();
    for (const Named& n : g.arguments.named) {
      if (n.name == "attribute") attribute = n.value;
      else if (n.name == "default") otherwise = n.value;
      else return in.fail(ErrorClass::filter_argument, "Unexpected keyword argument " + quoted(in, n.name)).boolean();
    }
    if (!next(in, g.source, element)) return false;
    element = get_path(in, element, attribute, otherwise);
    return true;
  }
  if (in.failed() || !next(in, g.source, element)) return false;
  element = g.function->call(in, element, behind(g.arguments, 1));
  return true;
}
inline Value map(Interpreter& in, const Value& self, const Arguments& arguments) {
  return generate(in, next_mapped, self, arguments);
}

/// The state of a selection: an integer with a bit for "reject" and one for "by attribute".
inline bool next_selected(Interpreter& in, Generator& g, Value& element) {
  const bool reject = g.state.small() & 1, by_attribute = g.state.small() & 2;
  const std::size_t offset = by_attribute ? 1 : 0;
  if (!g.started) {
    g.started = true;
    if (!truth(g.self)) g.self = Value::list({});
    if (!iterate(in, g.self, g.source)) return false;
    if (!truth(g.self)) return false;
    if (g.arguments.positional.size() < offset) {
      return in.fail(ErrorClass::filter_argument, "Missing parameter for attribute name").boolean();
    }
    if (g.arguments.positional.size() > offset) g.function = function_named(in, g.arguments.positional[offset], true);
  }
  while (!in.failed() && next(in, g.source, element)) {
    Value v = by_attribute ? get_path(in, element, g.arguments.positional[0]) : element;
    if (in.failed()) return false;
    if (g.function) v = g.function->call(in, v, behind(g.arguments, offset + 1));
    if (in.failed()) return false;
    if (truth(v) != reject) return true;
  }
  return false;
}
inline Value selection(Interpreter& in, const Value& self, const Arguments& arguments, std::int64_t how) {
  const Value made = generate(in, next_selected, self, arguments);
  made.state<Generator>().state = Value(how);
  return made;
}
inline Value select(Interpreter& in, const Value& self, const Arguments& a) { return selection(in, self, a, 0); }
inline Value reject(Interpreter& in, const Value& self, const Arguments& a) { return selection(in, self, a, 1); }
inline Value selectattr(Interpreter& in, const Value& self, const Arguments& a) { return selection(in, self, a, 2); }
inline Value rejectattr(Interpreter& in, const Value& self, const Arguments& a) { return selection(in, self, a, 3); }

/// All at once where the reference goes on one by one: the first element asked for already sees every one.
inline bool next_unique(Interpreter& in, Generator& g, Value& element) {
  if (!g.started) {
    g.started = true;
    Value given[2] = {Value(false), Value::none()};
    if (!bind(in, "do_unique", g.arguments, {"case_sensitive", "attribute"}, given)) return false;
    DictBuilder seen(in);
    std::vector<Value> kept;
    for (const Value& one : elements_of(in, g.self)) {
      const Value key = sort_key(in, one, given[1], truth(given[0]));
      if (in.failed()) return false;
      if (!seen.contains(key)) kept.push_back(one);
      seen.set(key, Value::none());
    }
    g.source = {in.list(kept), 0};
  }
  return !in.failed() && next(in, g.source, element);
}
inline Value unique(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value ignored[2];
  return bind(in, "do_unique", arguments, {"case_sensitive", "attribute"}, ignored)
             ? generate(in, next_unique, self, arguments)
             : Value::none();
}

}  // namespace filters
}  // namespace jinja
}  // namespace skald
