// What statements do.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "skald/text/jinja/evaluate.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

inline std::string Interpreter::render(const Node& root, const std::vector<Node*>& blocks, const Value& variables) {
  variables_ = variables;
  blocks_ = &blocks;
  run_root(root);
  return std::move(output_);
}

/// The template or a block: bodies without one around them.
inline void Interpreter::run_root(const Node& root) {
  within(activation(root.slots, nullptr), [&] {
    enter_scope(root.scope);
    if (root.flag) variable(root.special[0]) = Value::of(Kind::self, nullptr);
    if (root.catch_named) {
      variable(root.special[1]) = undefined(
          {.hint = "there is no parent block of this name.", .object = {}, .name = Value(std::string_view("super"))});
    }
    run(root.z);
  });
}

inline Value Interpreter::render_block(const Node& block) {
  return captured([&] { run_root(block); }).as_markup(autoescape);
}

/// Does `f` with its output in a text of its own.
template <class F>
Value Interpreter::captured(F f) {
  std::string text;
  std::string* const before = std::exchange(out_, &text);
  f();
  out_ = before;
  return string(text);
}

inline void Interpreter::enter_scope(const Scope& scope) {
  for (const Load& load : scope.loads) {
    Value& slot = activation_->slots[load.slot];
    switch (load.how) {
      case Load::How::resolve: slot = resolve(load.name); break;
      case Load::How::alias: slot = variable(load.from); break;
      case Load::How::nothing: slot = {}; break;
    }
  }
}
inline void Interpreter::leave_scope(const Scope& scope) {
  for (const std::uint32_t slot : scope.slots) activation_->slots[slot] = {};
}

inline void Interpreter::write_value(const Value& v) {
  if (failed()) return;
  if (autoescape) return write(escape(*this, v).text());
  if (v.is_string()) return write(v.text());
  const Value text = str(*this, v);
  if (!failed()) write(text.text());
}

/// What a call or filter block gives is written as it is, so it must be a text.
inline void Interpreter::write_result(const Value& v) {
  if (failed()) return;
  if (v.is_string()) return write(v.text());
  type_error(std::string("sequence item 0: expected str instance, ").append(type_name(v)).append(" found"));
}

inline Interpreter::Flow Interpreter::run(const Nodes& nodes) {
  for (const Node* const node : nodes) {
    const Flow flow = run(*node);
    if (flow != Flow::on || failed()) return flow;
  }
  return Flow::on;
}

inline Interpreter::Flow Interpreter::run(const Node& n) {
  const Depth depth(*this);
  if (!depth || !tick()) return Flow::on;
  stand_at(n.at);
  Flow flow = Flow::on;
  switch (n.kind) {
    case NodeKind::output:
      for (const Node* const part : n.x) {
        if (part->kind == NodeKind::text) write(part->value.text());
        else write_value(eval(*part));
        if (failed()) break;
      }
      return flow;
    case NodeKind::if_else: return run_if(n);
    case NodeKind::for_loop: return run_loop(n);
    case NodeKind::assign: {
      const Value v = eval(*n.b);
      if (!failed() && assign(*n.a, v) && n.toplevel) export_names(*n.a);
      return flow;
    }
    case NodeKind::assign_block: {
      enter_scope(n.scope);
      Value text = captured([&] { flow = run(n.z); });
      if (!failed() && flow == Flow::on) {
        text = text.as_markup(autoescape);
        if (n.b) text = eval_filter(*n.b, &text);
        if (autoescape && !failed()) text = str(*this, text).as_markup();
        if (!failed() && assign(*n.a, text) && n.toplevel) export_names(*n.a);
      }
      leave_scope(n.scope);
      return flow;
    }
    case NodeKind::macro: {
      const Value macro = new_macro(n, n.value.text());
      variable(n.slot) = macro;
      if (n.toplevel && !blocks_->empty()) exported_.push_back({n.value.text(), macro});
      return flow;
    }
    case NodeKind::call_block: run_call_block(n); return flow;
    case NodeKind::generation: run_generation(n); return flow;
    case NodeKind::filter_block: {
      enter_scope(n.scope);
      Value text = captured([&] { flow = run(n.z); });
      if (!failed() && flow == Flow::on) {
        text = text.as_markup(autoescape);
        write_result(eval_filter(*n.a, &text));
      }
      leave_scope(n.scope);
      return flow;
    }
    case NodeKind::with:
      enter_scope(n.scope);
      for (std::size_t i = 0; i < n.x.size() && !failed(); ++i) {
        const Value v = eval(*n.y[i]);
        if (!failed()) assign(*n.x[i], v);
      }
      if (!failed()) flow = run(n.z);
      leave_scope(n.scope);
      return flow;
    case NodeKind::autoescape: {
      enter_scope(n.scope);
      const Value v = eval(*n.a);
      const bool before = std::exchange(autoescape, truth(v));
      if (!failed()) flow = run(n.z);
      autoescape = before;
      leave_scope(n.scope);
      return flow;
    }
    case NodeKind::block: {
      if (n.recursive) {
        fail(ErrorClass::template_runtime, "Required block " + repr_text(*this, n.value) + " not found");
        return flow;
      }
      const std::size_t exported = exported_.size();
      for (std::size_t i = 0; i < n.visible.size(); ++i) {
        const Value v = variable(n.visible_slots[i]);
        if (!v.is_missing()) exported_.push_back({n.visible[i].name, v});
      }
      run_root(n);
      exported_.resize(exported);
      return flow;
    }
    case NodeKind::no_loader:
      eval(*n.a);
      type_error("no loader for this environment specified");
      return flow;
    case NodeKind::break_loop: return Flow::break_loop;
    case NodeKind::continue_loop: return Flow::continue_loop;
    default: return flow;
  }
}

inline Interpreter::Flow Interpreter::run_if(const Node& n) {
  Value test = eval(*n.a);
  if (failed()) return Flow::on;
  if (truth(test)) return run(n.z);
  for (const Node* const other : n.y) {
    test = eval(*other->a);
    if (failed()) return Flow::on;
    if (truth(test)) return run(other->z);
  }
  return run(n.x);
}

// Assignment.

/// What blocks see of the template's own variables.
inline void Interpreter::export_names(const Node& target) {
  if (blocks_->empty()) return;
  if (target.kind == NodeKind::name) exported_.push_back({target.value.text(), variable(target.slot)});
  for (const Node* const part : target.x) export_names(*part);
}

inline bool Interpreter::assign(const Node& target, const Value& value) {
  if (target.kind == NodeKind::name) {
    variable(target.slot) = value;
    return true;
  }
  if (target.kind == NodeKind::member_name) {
    const Value& holder = variable(target.a->slot);
    if (!holder.is(Kind::name_space)) {
      fail(ErrorClass::template_runtime, "cannot assign attribute on non-namespace object");
      return false;
    }
    if (!globals::is_allowed_name(*this, target.value)) return false;
    holder.state<Namespace>().set(*this, target.value, value);
    return !failed();
  }
  if (!is_iterable(value)) {
    type_error(std::string("cannot unpack non-iterable ").append(type_name(value)).append(" object"));
    return false;
  }
  Iterator it{value, 0};
  const std::string expected = "(expected " + std::to_string(target.x.size());
  std::vector<Value> parts;
  for (Value part; parts.size() < target.x.size() && next(*this, it, part);) parts.push_back(part);
  if (!failed() && parts.size() < target.x.size()) {
    value_error("not enough values to unpack " + expected + ", got " + std::to_string(parts.size()) + ")");
  }
  Value more;
  if (!failed() && next(*this, it, more)) value_error("too many values to unpack " + expected + ")");
  for (std::size_t i = 0; i < parts.size() && !failed(); ++i) assign(*target.x[i], parts[i]);
  return !failed();
}

// Loops.

inline Interpreter::Flow Interpreter::run_loop(const Node& n) {
  const Value over = eval(*n.b);
  if (failed()) return Flow::on;
  if (!n.recursive) return run_loop_over(n, over, activation_, 0);
  write_result(run_recursive_loop(n, activation_, over, 0));
  return Flow::on;
}

inline Value Interpreter::run_recursive_loop(const Node& n, Activation* outer, const Value& over, std::int64_t depth0) {
  const Depth depth(*this);
  if (!depth) return Value::none();
  return captured([&] {
    within(activation(n.slots, outer), [&] { run_loop_over(n, over, outer, depth0); });
  }).as_markup(autoescape);
}

/// The elements that a loop's own condition lets through.
inline bool next_passing(Interpreter& in, Generator& g, Value& element) {
  bool found = false;
  in.within(g.activation, [&] {
    while (!found && next(in, g.source, element)) {
      if (!in.assign(*g.node->d, element)) return;
      const Value passes = in.eval(*g.node->c);
      found = !in.failed() && truth(passes);
    }
  });
  return found;
}

inline Interpreter::Flow Interpreter::run_loop_over(const Node& n, const Value& over, Activation* outer,
                                                    std::int64_t depth0) {
  Loop* const loop = arena().make(Loop{});
  loop->node = &n;
  loop->outer = outer;
  loop->depth0 = depth0;
  if (!iterate(*this, over, loop->iterator)) return Flow::on;
  if (n.c) {
    enter_scope(n.test_scope);
    const Value passing = generate(*this, next_passing, over);
    Generator& g = passing.state<Generator>();
    g.source = loop->iterator;
    g.node = &n;
    g.activation = activation_;
    loop->iterator = {passing, 0};
  }
  bool none = true;  // until a body has run to its end
  Flow flow = Flow::on;
  // Without `loop` in the body nothing looks ahead, so that generators give one element at a time.
  while (advance(*this, *loop)) {
    enter_scope(n.scope);
    if (n.flag) variable(n.slot) = Value::of(Kind::loop, loop);
    if (!assign(*n.a, loop->current)) break;
    flow = run(n.z);
    if (failed() || flow == Flow::break_loop) break;
    if (flow == Flow::on) none = false;
  }
  leave_scope(n.scope);
  if (failed() || !none || n.y.empty()) return Flow::on;
  enter_scope(n.other);
  flow = run(n.y);
  leave_scope(n.other);
  return flow;
}

// Macros.

inline Value Interpreter::new_macro(const Node& n, std::string_view name) {
  return Value::of(Kind::macro, arena().make(Macro{&n, activation_, name}));
}

inline Value Interpreter::call_macro(const Macro& macro, const Arguments& arguments, bool autoescape_result) {
  const Node& n = *macro.node;
  const std::string shown = macro.name.empty() ? "None" : quoted(*this, macro.name);
  const std::size_t count = n.x.size(), given = std::min(count, arguments.positional.size());
  Activation* const own = activation(n.slots, macro.outer);
  std::vector<bool> used(arguments.named.size());
  const auto take = [&](std::string_view name) -> Value {
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (arguments.named[i].name != name || used[i]) continue;
      used[i] = true;
      return arguments.named[i].value;
    }
    return {};
  };
  bool caller_found = false;
  std::vector<Value> values(arguments.positional.begin(), arguments.positional.begin() + std::ptrdiff_t(given));
  for (std::size_t i = given; i < count; ++i) {
    values.push_back(take(n.x[i]->value.text()));
    caller_found = caller_found || n.x[i]->value.text() == "caller";
  }
  for (std::size_t i = 0; i < count && given == count; ++i)
    caller_found = caller_found || n.x[i]->value.text() == "caller";
  if (n.flag && !caller_found) {
    Value caller = take("caller");
    if (caller.is_missing() || caller.is_none()) {
      caller = undefined({.hint = "No caller defined", .object = {}, .name = Value(std::string_view("caller"))});
    }
    own->slots[n.special[0].index] = caller;
  }
  DictBuilder rest(*this);
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i]) continue;
    if (!n.catch_named) {
      if (take("caller").is_missing()) {
        return type_error("macro " + shown + " takes no keyword argument " + quoted(*this, arguments.named[i].name));
      }
      return type_error("macro " + shown +
                        " was invoked with two values for the special caller argument. This is most likely a bug.");
    }
    rest.set(Value(arguments.named[i].name), arguments.named[i].value);
  }
  if (n.catch_named) own->slots[n.special[1].index] = rest.value();
  if (n.catch_positional) own->slots[n.special[2].index] = tuple(arguments.positional.subspan(given));
  else if (arguments.positional.size() > count) {
    return type_error("macro " + shown + " takes not more than " + std::to_string(count) + " argument(s)");
  }
  const std::uint32_t before = at();
  Value result;
  within(own, [&] {
    for (std::size_t i = 0; i < count; ++i) own->slots[n.x[i]->slot.index] = values[i];
    enter_scope(n.scope);
    const std::size_t first_default = count - n.y.size();
    for (std::size_t i = 0; i < count && !failed(); ++i) {
      Value& slot = own->slots[n.x[i]->slot.index];
      if (!slot.is_missing()) continue;
      if (i >= first_default) {
        const Value v = eval(*n.y[i - first_default]);
        slot = v;
        continue;
      }
      const std::string why = "parameter " + repr_text(*this, n.x[i]->value) + " was not provided";
      slot = undefined({.hint = string(why).text(), .object = {}, .name = n.x[i]->value});
    }
    result = captured([&] { run(n.z); });
  });
  stand_at(before);
  return failed() ? Value::none() : result.as_markup(autoescape_result);
}

inline void Interpreter::run_call_block(const Node& n) {
  const Value caller = new_macro(n, {});
  const Value result = eval_call(*n.a, &caller);
  write_result(result);
}

/// The body is rendered apart, like a macro's; where it stands is what a training mask asks for.
inline void Interpreter::run_generation(const Node& n) {
  const Macro macro{&n, activation_, {}};
  const Value text = call_macro(macro, {}, autoescape);
  if (failed()) return;
  spans_.push_back({output_.size(), output_.size() + text.size()});
  write(text.text());
}

}  // namespace jinja
}  // namespace skald
