// Gives every variable its place and every filter its function, and finds what the reference's compiler refuses.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/filters.hpp"
#include "skald/text/jinja/symbols.hpp"
#include "skald/text/jinja/tests.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

class Binder {
 public:
  explicit Binder(Runtime& rt) : rt_(rt) {}

  /// `root` is a block node that holds the whole template.
  void bind_template(Node& root) {
    find_blocks(root.z);
    bind_root(root, true);
    for (Node* const block : blocks_) bind_root(*block, false);
  }
  bool has_blocks() const { return !blocks_.empty(); }
  const std::vector<Node*>& blocks() const { return blocks_; }

 private:
  struct Frame {
    Symbols& symbols;
    bool toplevel = false;
    bool soft = false;     // directly in an if
    bool in_loop = false;  // where break means something

    Frame softened() const { return {symbols, toplevel, true, in_loop}; }
    Frame inner(Symbols& own) const { return {own, false, false, in_loop}; }
  };

  void fail(const Node& n, std::string why, ErrorClass c = ErrorClass::template_assertion) {
    rt_.stand_at(n.at);
    rt_.fail(c, std::move(why));
  }

  void find_blocks(const Nodes& nodes) {
    for (Node* const node : nodes) {
      if (node->kind == NodeKind::block) {
        for (const Node* other : blocks_) {
          if (other->value.text() == node->value.text()) {
            fail(*node, "block " + quoted(rt_, node->value.text()) + " defined twice");
          }
        }
        blocks_.push_back(node);
      }
      for (const Nodes& part : {node->z, node->y, node->x}) find_blocks(part);
    }
  }

  void bind_root(Node& root, bool is_template) {
    Body body;
    Symbols symbols(rt_, body, nullptr);
    UndeclaredNames names({"self", "super"});
    names.visit(root.z);
    if (names.contains("self")) root.flag = true, root.special[0] = symbols.parameter("self");
    if (!is_template && names.contains("super")) root.catch_named = true, root.special[1] = symbols.parameter("super");
    SymbolVisitor(symbols).visit(root.z);
    bind(root.z, {symbols, is_template});
    root.scope = symbols.scope(rt_.arena());
    root.slots = body.slots;
  }

  void bind(const Nodes& nodes, const Frame& frame) {
    for (Node* const node : nodes) bind(*node, frame);
  }
  void bind_if_there(Node* node, const Frame& frame) {
    if (node) bind(*node, frame);
  }

  void bind(Node& n, const Frame& frame) {
    const Depth depth(rt_);
    if (!depth) return;
    switch (n.kind) {
      case NodeKind::name: return bind_name(n, frame);
      case NodeKind::member_name: return bind_name(*n.a, frame);
      case NodeKind::for_loop: return bind_loop(n, frame);
      case NodeKind::if_else: {
        const Frame soft = frame.softened();
        bind(*n.a, soft);
        bind(n.z, soft);
        for (Node* const other : n.y) bind(*other->a, soft), bind(other->z, soft);
        return bind(n.x, soft);
      }
      case NodeKind::macro:
        bind_macro(n, frame);
        n.toplevel = frame.toplevel;
        if (const auto slot = frame.symbols.find(n.value.text())) n.slot = *slot;
        return;
      case NodeKind::call_block:
        bind_macro(n, frame);
        return bind(*n.a, frame);
      case NodeKind::generation: return bind_macro(n, frame);
      case NodeKind::filter_block: {
        Symbols own(rt_, frame.symbols.body(), &frame.symbols);
        SymbolVisitor visitor(own);
        visitor.visit(n.z);
        visitor.visit(*n.a);
        bind(n.z, frame.inner(own));
        bind(*n.a, frame.inner(own));
        n.scope = own.scope(rt_.arena());
        return;
      }
      case NodeKind::with: {
        Symbols own(rt_, frame.symbols.body(), &frame.symbols);
        SymbolVisitor visitor(own);
        for (const Node* target : n.x) visitor.visit_parameters(*target);
        visitor.visit(n.z);
        bind(n.x, frame.inner(own));
        bind(n.y, frame);
        bind(n.z, frame.inner(own));
        n.scope = own.scope(rt_.arena());
        return;
      }
      case NodeKind::assign:
        n.toplevel = frame.toplevel;
        bind(*n.a, frame);
        return bind(*n.b, frame);
      case NodeKind::assign_block: {
        n.toplevel = frame.toplevel;
        Symbols own(rt_, frame.symbols.body(), &frame.symbols);
        SymbolVisitor(own).visit(n.z);
        bind(n.z, frame.inner(own));
        bind(*n.a, frame);
        bind_if_there(n.b, frame.inner(own));
        n.scope = own.scope(rt_.arena());
        return;
      }
      case NodeKind::autoescape: {
        Symbols own(rt_, frame.symbols.body(), &frame.symbols);
        SymbolVisitor visitor(own);
        visitor.visit(*n.a);
        visitor.visit(n.z);
        bind(*n.a, frame.inner(own));
        bind(n.z, frame.inner(own));
        n.scope = own.scope(rt_.arena());
        return;
      }
      case NodeKind::block: return bind_block(n, frame);
      case NodeKind::break_loop:
      case NodeKind::continue_loop:
        if (frame.in_loop) return;
        return fail(n, n.kind == NodeKind::break_loop ? "'break' outside loop" : "'continue' not properly in loop",
                    ErrorClass::python_syntax);
      case NodeKind::filter:
      case NodeKind::test: bind_function(n, frame); break;
      case NodeKind::condition: {
        const Frame soft = frame.softened();
        for (Node* const part : {n.b, n.a, n.c}) bind_if_there(part, soft);
        return;
      }
      default: break;
    }
    for_each_child(n, [&](Node& child) { bind(child, frame); });
  }

  void bind_name(Node& n, const Frame& frame) {
    if (const auto slot = frame.symbols.find(n.value.text())) {
      n.slot = *slot;
      return;
    }
    fail(n,
         "Tried to resolve a name to a reference that was unknown to the frame (" + quoted(rt_, n.value.text()) + ")",
         ErrorClass::assertion);
  }

  void bind_function(Node& n, const Frame& frame) {
    const bool filter = n.kind == NodeKind::filter;
    n.function = filter ? Interpreter::find_filter(n.value.text()) : Interpreter::find_test(n.value.text());
    n.soft = frame.soft;
    if (n.function || frame.soft) return;
    fail(n, std::string("No ").append(filter ? "filter" : "test").append(" named ")
                .append(quoted(rt_, n.value.text())).append("."));
  }

  void bind_loop(Node& n, const Frame& frame) {
    Body own_body{frame.symbols.body().depth + 1, 0};
    Body& body = n.recursive ? own_body : frame.symbols.body();
    Symbols own(rt_, body, &frame.symbols), otherwise(rt_, body, &frame.symbols), test(rt_, body, &frame.symbols);
    n.flag = n.recursive || UndeclaredNames({"loop"}).visit(n.z).contains("loop") || has_scoped_block(n.z);
    if (n.flag) n.slot = own.parameter("loop");
    SymbolVisitor visitor(own);
    visitor.visit_parameters(*n.a);
    visitor.visit(n.z);
    SymbolVisitor(otherwise).visit(n.y);
    if (n.c) {
      SymbolVisitor test_visitor(test);
      test_visitor.visit_parameters(*n.d);
      test_visitor.visit(*n.c);
    }
    if (stores_loop(n)) fail(n, "Can't assign to special loop variable in for-loop target");
    if (rt_.failed()) return;
    bind(*n.b, frame);
    bind(*n.a, frame.inner(own));
    if (n.c) bind(*n.d, frame.inner(test)), bind(*n.c, frame.inner(test));
    Frame inside = frame.inner(own), behind = frame.inner(otherwise);
    inside.in_loop = true;
    behind.in_loop = frame.in_loop && !n.recursive;
    bind(n.z, inside);
    bind(n.y, behind);
    n.scope = own.scope(rt_.arena());
    n.other = otherwise.scope(rt_.arena());
    n.test_scope = test.scope(rt_.arena());
    n.slots = own_body.slots;
  }

  static bool stores_loop(const Node& n) {
    if (n.kind == NodeKind::name && n.shadows && n.value.text() == "loop") return true;
    bool found = false;
    for_each_child(n, [&](const Node& child) { found = found || stores_loop(child); });
    return found;
  }
  static bool has_scoped_block(const Nodes& nodes) {
    for (const Node* node : nodes) {
      if (node->kind == NodeKind::block && node->scoped) return true;
      if (has_scoped_block(node->z) || has_scoped_block(node->y) || has_scoped_block(node->x)) return true;
    }
    return false;
  }

  /// A macro's, a call block's or a generation block's body.
  void bind_macro(Node& n, const Frame& frame) {
    Body body{frame.symbols.body().depth + 1, 0};
    Symbols own(rt_, body, &frame.symbols);
    const auto analyse = [&] {
      SymbolVisitor visitor(own);
      for (const Node* name : n.x) visitor.visit_parameters(*name);
      visitor.visit(n.y);
      visitor.visit(n.z);
    };
    analyse();
    UndeclaredNames names({"caller", "kwargs", "varargs"});
    names.visit(n.z);
    const auto position_of = [&](std::string_view name) {
      std::size_t i = 0;
      while (i < n.x.size() && n.x[i]->value.text() != name) ++i;
      return i;
    };
    if (names.contains("caller")) {
      n.flag = true;
      const std::size_t at = position_of("caller");
      if (at == n.x.size()) n.special[0] = own.parameter("caller");
      else if (at < n.x.size() - n.y.size()) {
        fail(n,
             "When defining macros or call blocks the special \"caller\" argument must be omitted or be given a "
             "default.");
      }
    }
    n.catch_named = names.contains("kwargs") && position_of("kwargs") == n.x.size();
    if (n.catch_named) n.special[1] = own.parameter("kwargs");
    n.catch_positional = names.contains("varargs") && position_of("varargs") == n.x.size();
    if (n.catch_positional) n.special[2] = own.parameter("varargs");
    analyse();
    Frame inside = frame.inner(own);
    inside.in_loop = false;
    bind(n.x, inside);
    bind(n.y, inside);
    bind(n.z, inside);
    n.scope = own.scope(rt_.arena());
    n.slots = body.slots;
  }

  void bind_block(Node& n, const Frame& frame) {
    if (!n.scoped) return;
    const auto visible = frame.symbols.visible();
    auto* const names = rt_.arena().array<Named>(visible.size());
    auto* const slots = rt_.arena().array<Slot>(visible.size());
    for (std::size_t i = 0; i < visible.size(); ++i) {
      names[i].name = visible[i].first;
      slots[i] = visible[i].second;
    }
    n.visible = {names, visible.size()};
    n.visible_slots = {slots, visible.size()};
  }

  Runtime& rt_;
  std::vector<Node*> blocks_;
};

}  // namespace jinja
}  // namespace skald
