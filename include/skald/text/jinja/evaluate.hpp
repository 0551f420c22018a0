// What expressions give.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "skald/text/jinja/filters.hpp"
#include "skald/text/jinja/globals.hpp"
#include "skald/text/jinja/tests.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

inline Value Interpreter::resolve(std::string_view name) {
  for (std::size_t i = exported_.size(); i-- > 0;) {
    if (exported_[i].name == name) return exported_[i].value;
  }
  if (const Value* const found = variables_.dict().find(*this, Value(name))) return *found;
  const Function* const global = find_function(globals::table, name);
  return global ? Value::of(Kind::function, global) : Value();
}

inline Value Interpreter::eval(const Node& n) {
  const Depth depth(*this);
  if (!depth || !tick()) return Value::none();
  const std::uint32_t before = at();
  stand_at(n.at);
  const Value v = eval_kind(n);
  stand_at(before);
  return failed() ? Value::none() : v;
}

inline Value Interpreter::eval_kind(const Node& n) {
  switch (n.kind) {
    case NodeKind::text: return n.value.as_markup(autoescape);
    case NodeKind::constant: return n.value;
    case NodeKind::name: return eval_name(n);
    case NodeKind::tuple:
    case NodeKind::list: return eval_elements(n);
    case NodeKind::dict: return eval_dict(n);
    case NodeKind::attribute: {
      const Value of = eval(*n.a);
      return failed() ? of : get_attribute(*this, of, n.value);
    }
    case NodeKind::item: {
      const Value of = eval(*n.a);
      if (failed()) return of;
      if (n.b->kind == NodeKind::slice) return eval_slice(of, *n.b);
      const Value key = eval(*n.b);
      return failed() ? key : get_item(*this, of, key);
    }
    case NodeKind::call: return eval_call(n);
    case NodeKind::filter:
    case NodeKind::test: return eval_filter(n);
    case NodeKind::condition: {
      const Value test = eval(*n.a);
      if (failed()) return test;
      if (truth(test)) return eval(*n.b);
      if (n.c) return eval(*n.c);
      return undefined({.hint = "the inline if-expression evaluated to false and no else section was defined.",
                        .object = {},
                        .name = {}});
    }
    case NodeKind::both: {
      const Value left = eval(*n.a);
      return failed() || !truth(left) ? left : eval(*n.b);
    }
    case NodeKind::either: {
      const Value left = eval(*n.a);
      return failed() || truth(left) ? left : eval(*n.b);
    }
    case NodeKind::negate: return Value(!truth(eval(*n.a)));
    case NodeKind::minus: {
      const Value v = eval(*n.a);
      return failed() ? v : minus(*this, v);
    }
    case NodeKind::plus: {
      const Value v = eval(*n.a);
      return failed() ? v : plus(*this, v);
    }
    case NodeKind::binary: {
      const Value left = eval(*n.a), right = eval(*n.b);
      return failed() ? Value::none() : binary(*this, n.op, left, right);
    }
    case NodeKind::compare: return eval_compare(n);
    case NodeKind::concat: return eval_concat(n);
    default: return fail(ErrorClass::python_syntax, "invalid syntax");  // a slice where none may stand
  }
}

inline Value Interpreter::eval_name(const Node& n) {
  const Value v = variable(n.slot);
  return v.is_missing() ? undefined(n.value) : v;
}

inline Value Interpreter::eval_elements(const Node& n) {
  std::vector<Value> elements;
  elements.reserve(n.x.size());
  for (const Node* const part : n.x) {
    elements.push_back(eval(*part));
    if (failed()) return Value::none();
  }
  return n.kind == NodeKind::list ? list(elements) : tuple(elements);
}

inline Value Interpreter::eval_dict(const Node& n) {
  DictBuilder made(*this);
  for (std::size_t i = 0; i < n.x.size(); ++i) {
    const Value key = eval(*n.x[i]), value = eval(*n.y[i]);
    if (failed()) return Value::none();
    made.set(key, value);
  }
  return failed() ? Value::none() : made.value();
}

inline Value Interpreter::eval_slice(const Value& of, const Node& s) {
  Value bounds[3];
  const Node* const parts[3] = {s.a, s.b, s.c};
  for (int i = 0; i < 3; ++i) {
    if (parts[i]) bounds[i] = eval(*parts[i]);
    if (failed()) return Value::none();
  }
  return slice_of(*this, of, bounds[0], bounds[1], bounds[2]);
}

inline Value Interpreter::eval_compare(const Node& n) {
  Value left = eval(*n.a);
  for (const Node* const operand : n.x) {
    if (failed()) return Value::none();
    const Value right = eval(*operand->a);
    if (failed() || !compare(*this, operand->op, left, right)) return Value(false);
    left = right;
  }
  return Value(!failed());
}

inline Value Interpreter::eval_concat(const Node& n) {
  Value all(std::string_view{});
  std::vector<Value> parts;
  bool markup = false;
  for (const Node* const part : n.x) {
    parts.push_back(eval(*part));
    if (failed()) return Value::none();
    markup = markup || (autoescape && parts.back().is_markup());
  }
  for (const Value& part : parts) {
    const Value text = markup ? escape(*this, part) : str(*this, part);
    if (failed()) return Value::none();
    all = join(all.text(), text.text(), markup);
  }
  return all;
}

inline bool Interpreter::eval_arguments(const Node& n, const Value* caller, std::vector<Value>& positional,
                                        std::vector<Named>& named) {
  for (const Node* const argument : n.x) {
    positional.push_back(eval(*argument));
    if (failed()) return false;
  }
  for (const Node* const argument : n.y) {
    named.push_back({argument->value.text(), eval(*argument->a)});
    if (failed()) return false;
  }
  if (caller) named.push_back({"caller", *caller});
  if (n.b) {
    const Value more = eval(*n.b);
    if (failed()) return false;
    const std::vector<Value> all = elements_of(*this, more);
    positional.insert(positional.end(), all.begin(), all.end());
  }
  if (n.c) {
    const Value more = eval(*n.c);
    if (failed()) return false;
    if (!more.is(Kind::dict)) {
      type_error(std::string("argument after ** must be a mapping, not ").append(type_name(more)));
      return false;
    }
    for (const Dict::Entry& e : more.dict().entries) {
      if (!e.key.is_string()) return type_error("keywords must be strings").boolean();
      for (const Named& other : named) {
        if (other.name == e.key.text()) {
          type_error("got multiple values for keyword argument " + repr_text(*this, e.key));
          return false;
        }
      }
      named.push_back({e.key.text(), e.value});
    }
  }
  return !failed();
}

inline Value Interpreter::eval_call(const Node& n, const Value* caller) {
  const Value function = eval(*n.a);
  if (failed()) return function;
  std::vector<Value> positional;
  std::vector<Named> named;
  if (!eval_arguments(n, caller, positional, named)) return Value::none();
  return call(function, {positional, named});
}

inline Value Interpreter::eval_filter(const Node& n, const Value* self) {
  Value left;
  if (n.a) left = n.a->kind == NodeKind::filter ? eval_filter(*n.a, self) : eval(*n.a);
  else if (self) left = *self;
  if (failed()) return Value::none();
  stand_at(n.at);
  if (!n.function) {
    return fail(ErrorClass::template_runtime, std::string("No ")
                                                  .append(n.kind == NodeKind::filter ? "filter" : "test")
                                                  .append(" named ")
                                                  .append(repr_text(*this, n.value))
                                                  .append(" found."));
  }
  std::vector<Value> positional;
  std::vector<Named> named;
  if (!eval_arguments(n, nullptr, positional, named)) return Value::none();
  return n.function->call(*this, left, {positional, named});
}

inline Value Interpreter::call(const Value& function, const Arguments& arguments) {
  const Depth depth(*this);
  if (!depth) return Value::none();
  switch (function.kind()) {
    case Kind::function: return function.as<Function>().call(*this, function, arguments);
    case Kind::method: return function.as<Method>().function->call(*this, function.as<Method>().self, arguments);
    case Kind::macro: return call_macro(function.as<Macro>(), arguments, autoescape);
    case Kind::undefined: return fail_undefined(*this, function);
    case Kind::loop: {
      const Loop& loop = function.as<Loop>();
      Value over;
      if (!bind(*this, "loop", arguments, {"iterable"}, &over, 1)) return Value::none();
      if (!loop.node->recursive) {
        return type_error("The loop must have the 'recursive' marker to be called recursively.");
      }
      return run_recursive_loop(*loop.node, loop.outer, over, loop.depth0 + 1);
    }
    case Kind::joiner: {
      Joiner& j = function.state<Joiner>();
      if (!bind(*this, "joiner", arguments, {}, nullptr)) return Value::none();
      return std::exchange(j.used, true) ? j.separator : Value(std::string_view());
    }
    case Kind::block:
      return bind(*this, "block", arguments, {}, nullptr) ? render_block(*function.as<BlockReference>().node)
                                                          : Value::none();
    default: return type_error(std::string("'").append(type_name(function)).append("' object is not callable"));
  }
}

}  // namespace jinja
}  // namespace skald
