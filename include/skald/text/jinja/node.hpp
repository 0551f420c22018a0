// What the parser makes of a template.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "skald/text/jinja/objects.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

enum class NodeKind : std::uint8_t {
  // Statements; which fields each uses stands beside it, bodies in z.
  output,      // x: expressions
  for_loop,    // a: target, b: iterable, c: test, d: the target as the test sees it; z: body, y: else
  if_else,     // a: test; z: body, y: elif nodes, x: else
  macro,       // value: name; x: parameters, y: defaults; z
  call_block,  // a: call; x: parameters, y: defaults; z
  filter_block,  // a: filter; z
  with,        // x: targets, y: values; z
  assign,      // a: target, b: value
  assign_block,  // a: target, b: filter or null; z
  autoescape,  // a: expression; z, which has a scope of its own
  generation,  // z, which is a macro's body
  block,       // value: name; z
  no_loader,   // a: template; x: names that would be imported
  break_loop, continue_loop,
  // Expressions.
  text,        // value: template data
  constant,    // value
  name,        // value: name
  member_name, // a target ns.attr: a: the name node, value: attr
  tuple, list, // x
  dict,        // x: keys, y: values
  attribute,   // a, value: name
  item,        // a, b
  slice,       // a: start, b: stop, c: step, each may be null
  call,        // a; x, y: names as constants with the values in y[i]->a, b: *args, c: **kwargs
  filter, test,  // a (null in a filter block), value: name; x, y, b, c as in call
  keyword,     // value: name, a
  condition,   // a: test, b: then, c: else or null
  both, either, negate, minus, plus,  // a, b
  binary,      // op; a, b
  compare,     // a, x: operand nodes
  operand,     // op; a
  concat,      // x
};

using Nodes = std::span<Node* const>;

/// Where a variable lives: `hops` activations out, in that slot.
struct Slot {
  std::uint16_t hops = 0;
  std::uint32_t index = 0;
};

/// What entering a scope does for one variable.
struct Load {
  enum class How : std::uint8_t { resolve, alias, nothing } how = How::nothing;
  std::uint32_t slot = 0;
  Slot from;               // of an alias
  std::string_view name;   // to resolve
};

/// The variables of a body, found out by scopes.hpp.
struct Scope {
  std::span<const Load> loads;
  std::span<const std::uint32_t> slots;  // unset when the scope is left
};

struct Node {
  NodeKind kind{};
  Operator op{};
  bool recursive = false;   // of a for; required, of a block
  bool flag = false;        // a loop that wants `loop`; a macro that knows `caller`; a name that is a parameter
  bool catch_named = false, catch_positional = false;  // of a macro: it speaks of kwargs, of varargs
  bool toplevel = false;    // an assignment that blocks can see
  bool soft = false;        // a filter or test that may be unknown until it is reached
  bool shadows = false;     // a name being stored
  bool scoped = false;      // of a block
  std::uint32_t at = 0;     // in the source
  std::uint32_t slots = 0;  // of an activation of this body
  Value value;
  Node *a = nullptr, *b = nullptr, *c = nullptr, *d = nullptr;
  Nodes x, y, z;
  Slot slot;                // of a name; of a macro's or a loop's own variable
  Slot special[3];          // of a macro: caller, kwargs, varargs; of a block: self, super
  Scope scope, other;       // other: of a loop's else, [test] in test_scope
  Scope test_scope;
  std::span<const Named> visible;  // of a scoped block: names, with the place of a Slot in visible_slots
  std::span<const Slot> visible_slots;
  const Function* function = nullptr;  // of a filter
};

/// The children in the order in which the reference looks at them.
template <class F>
void for_each_child(const Node& n, F f) {
  for (Node* const child : {n.a, n.b, n.c}) {
    if (child) f(*child);
  }
  if (n.kind == NodeKind::dict) {
    for (std::size_t i = 0; i < n.x.size(); ++i) f(*n.x[i]), f(*n.y[i]);
    return;
  }
  const bool body_first = n.kind == NodeKind::if_else || n.kind == NodeKind::for_loop;
  for (const Nodes& part : {body_first ? n.z : n.x, n.y, body_first ? n.x : n.z}) {
    for (Node* const child : part) f(*child);
  }
}

}  // namespace jinja
}  // namespace skald
