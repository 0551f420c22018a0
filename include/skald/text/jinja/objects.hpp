// Values with a state or a body: namespaces, functions, macros, loops.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "skald/text/jinja/runtime.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

class Interpreter;
struct Node;

struct Named {
  std::string_view name;
  Value value;
};

/// What a call hands over.
struct Arguments {
  std::span<const Value> positional;
  std::span<const Named> named;
};

/// A filter, a method or a global: `self` is what stands left of it.
using Callback = Value (*)(Interpreter&, const Value& self, const Arguments&);

struct Function {
  std::string_view name;
  Callback call;
};

/// A function bound to what it was taken from.
struct Method {
  const Function* function;
  Value self;
};

/// Attributes that templates set, newest value wins.
struct Namespace {
  std::span<Dict::Entry> room;
  std::size_t size = 0;

  Value* find(std::string_view name) {
    for (std::size_t i = 0; i < size; ++i) {
      if (room[i].key.is_string() && room[i].key.text() == name) return &room[i].value;
    }
    return nullptr;
  }
  void set(Runtime& rt, const Value& name, const Value& value) {
    if (Value* const old = find(name.text())) {
      *old = value;
      return;
    }
    if (size == room.size()) {
      const std::size_t more = room.empty() ? 4 : 2 * room.size();
      if (!rt.room(more * sizeof(Dict::Entry))) return;
      auto* const grown = rt.arena().array<Dict::Entry>(more);
      for (std::size_t i = 0; i < size; ++i) grown[i] = room[i];
      room = {grown, more};
    }
    room[size++] = {name, value};
  }
};

/// The variables of one call of a body; those of the body around it are reached through `outer`.
struct Activation {
  Value* slots;
  Activation* outer;
};

struct Macro {
  const Node* node;
  Activation* outer;
  std::string_view name;  // empty: a call block's
};

/// The block of {{ self.name() }}, or of `super`.
struct BlockReference {
  const Node* node;
};

struct Cycler {
  std::span<const Value> items;
  std::size_t at = 0;
};

struct Joiner {
  Value separator;
  bool used = false;
};

}  // namespace jinja
}  // namespace skald
