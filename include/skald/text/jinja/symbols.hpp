// Which variables a body knows, by the reference's rules: what a body sets is its own, what it only reads is looked up
// around it, and what it sets in one branch only begins as what it was outside.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/jinja/node.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// A body with variables of its own: the template, a macro, a recursive loop.
struct Body {
  int depth = 0;
  std::uint32_t slots = 0;
};

/// One scope of a body.
class Symbols {
 public:
  enum class Start : std::uint8_t { parameter, resolve, alias, nothing };
  struct Origin {
    Start how;
    std::string_view name;
    Slot from;
  };

  Symbols(Runtime& rt, Body& body, const Symbols* parent)
      : rt_(&rt), body_(&body), parent_(parent), places_(&own_places_) {}

  Body& body() const { return *body_; }

  std::optional<Slot> find(std::string_view name) const {
    for (const Symbols* s = this; s; s = s->parent_) {
      if (const auto at = s->refs_.find(name); at != s->refs_.end()) {
        return Slot{std::uint16_t(body_->depth - s->body_->depth), at->second};
      }
    }
    return std::nullopt;
  }

  Slot parameter(std::string_view name) {
    stores_.insert(name);
    return {0, define(name, {Start::parameter, name, {}})};
  }
  void store(std::string_view name) {
    stores_.insert(name);
    if (refs_.contains(name)) return;
    if (const auto around = find_around(name)) define(name, {Start::alias, name, *around});
    else define(name, {Start::nothing, name, {}});
  }
  void load(std::string_view name) {
    if (!find(name)) define(name, {Start::resolve, name, {}});
  }

  /// A copy for one branch of an if; its variables are the same ones.
  Symbols branch() const {
    rt_->tick(refs_.size() + loads_.size());
    Symbols copy(*this);
    copy.places_ = places_;
    return copy;
  }
  void merge(const Symbols (&branches)[3]) {
    std::set<std::string_view> stored;
    for (const Symbols& b : branches) {
      for (const std::string_view name : b.stores_) {
        if (!stores_.contains(name)) stored.insert(name);
      }
    }
    for (const Symbols& b : branches) {
      rt_->tick(b.refs_.size());
      refs_.insert(b.refs_.begin(), b.refs_.end());
      for (const auto& [slot, origin] : b.loads_) loads_.insert_or_assign(slot, origin);
      stores_.insert(b.stores_.begin(), b.stores_.end());
    }
    for (const std::string_view name : stored) {
      const auto around = find_around(name);
      loads_.insert_or_assign(refs_.at_or(name),
                              around ? Origin{Start::alias, name, *around} : Origin{Start::resolve, name, {}});
    }
  }

  /// For the interpreter.
  Scope scope(Arena& arena) const {
    std::vector<Load> loads;
    std::vector<std::uint32_t> slots;
    for (const auto& [slot, origin] : loads_) {
      slots.push_back(slot);
      if (origin.how == Start::parameter) continue;
      loads.push_back({origin.how == Start::resolve ? Load::How::resolve
                       : origin.how == Start::alias ? Load::How::alias
                                                    : Load::How::nothing,
                       slot, origin.from, origin.name});
    }
    Load* const l = arena.array<Load>(loads.size());
    std::copy(loads.begin(), loads.end(), l);
    std::uint32_t* const s = arena.array<std::uint32_t>(slots.size());
    std::copy(slots.begin(), slots.end(), s);
    return {{l, loads.size()}, {s, slots.size()}};
  }

  /// All names that are set here or around, with their places.
  std::vector<std::pair<std::string_view, Slot>> visible() const {
    std::map<std::string_view, Slot> all;
    for (const Symbols* s = this; s; s = s->parent_) {
      for (const std::string_view name : s->stores_) all.try_emplace(name, *find(name));
    }
    return {all.begin(), all.end()};
  }

 private:
  struct Refs : std::map<std::string_view, std::uint32_t> {
    std::uint32_t at_or(std::string_view name) const {
      const auto found = this->find(name);
      return found == this->end() ? 0 : found->second;
    }
  };

  std::optional<Slot> find_around(std::string_view name) const {
    std::optional<Slot> around = parent_ ? parent_->find(name) : std::nullopt;
    if (around) around->hops = std::uint16_t(around->hops + (body_->depth - parent_->body_->depth));
    return around;
  }
  std::uint32_t define(std::string_view name, const Origin& origin) {
    const auto [place, is_new] = places_->try_emplace(name, body_->slots);
    body_->slots += is_new;
    refs_[name] = place->second;
    loads_.insert_or_assign(place->second, origin);
    return place->second;
  }

  Runtime* rt_;
  Body* body_;
  const Symbols* parent_;
  Refs refs_;
  std::map<std::uint32_t, Origin> loads_;
  std::set<std::string_view> stores_;
  std::map<std::string_view, std::uint32_t> own_places_;
  std::map<std::string_view, std::uint32_t>* places_;  // of the scope that branches share
};

/// Fills a scope's symbols by looking through a body, not into the bodies within it.
class SymbolVisitor {
 public:
  explicit SymbolVisitor(Symbols& symbols) : symbols_(&symbols) {}

  void visit(const Nodes& nodes) {
    for (const Node* node : nodes) visit(*node);
  }
  void visit_parameters(const Node& target) {
    if (target.kind == NodeKind::name) symbols_->parameter(target.value.text());
    for (const Node* part : target.x) visit_parameters(*part);
  }

  void visit(const Node& n) {
    switch (n.kind) {
      case NodeKind::name:
        if (n.shadows) symbols_->store(n.value.text());
        else symbols_->load(n.value.text());
        return;
      case NodeKind::member_name: return symbols_->load(n.a->value.text());
      case NodeKind::if_else: return visit_if(n);
      case NodeKind::macro: return symbols_->store(n.value.text());
      case NodeKind::assign: visit(*n.b); return visit(*n.a);
      case NodeKind::for_loop: return visit(*n.b);
      case NodeKind::call_block: return visit(*n.a);
      case NodeKind::filter_block: return visit(*n.a);
      case NodeKind::with: return visit(n.y);
      case NodeKind::assign_block: return visit(*n.a);
      case NodeKind::autoescape:
      case NodeKind::generation:
      case NodeKind::block: return;
      default: for_each_child(n, [&](const Node& child) { visit(child); });
    }
  }

 private:
  void visit_if(const Node& n) {
    visit(*n.a);
    Symbols* const before = symbols_;
    Symbols branches[3] = {before->branch(), before->branch(), before->branch()};
    const Nodes* const bodies[3] = {&n.z, &n.y, &n.x};
    for (int i = 0; i < 3; ++i) {
      symbols_ = &branches[i];
      visit(*bodies[i]);
    }
    symbols_ = before;
    symbols_->merge(branches);
  }

  Symbols* symbols_;
};

/// Which of some names a body reads before it sets them; blocks are not looked into.
class UndeclaredNames {
 public:
  explicit UndeclaredNames(std::set<std::string_view> names) : names_(std::move(names)) {}

  UndeclaredNames& visit(const Nodes& nodes) {
    for (const Node* node : nodes) visit(*node);
    return *this;
  }
  bool contains(std::string_view name) const { return found_.contains(name); }

 private:
  void visit(const Node& n) {
    if (n.kind == NodeKind::block) return;
    if (n.kind == NodeKind::member_name) return;
    if (n.kind == NodeKind::name) {
      if (!n.shadows && names_.contains(n.value.text())) found_.insert(n.value.text());
      else names_.erase(n.value.text());
    }
    for_each_child(n, [&](const Node& child) { visit(child); });
  }

  std::set<std::string_view> names_, found_;
};

}  // namespace jinja
}  // namespace skald
