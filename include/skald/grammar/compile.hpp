// Rules to automata (Thompson 1968), and what no automaton can do: left recursion, rules without an end.
#pragma once
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/grammar/automaton.hpp"
#include "skald/grammar/expression.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Cost: linear in the automaton, but for chains of rules that may be empty.
class GrammarCompiler {
 public:
  explicit GrammarCompiler(const Expressions& expressions) : in_(expressions) {}

  /// `name` stands before messages. Errors: unsupported, too large or left-recursive; invalid_argument, no text
  /// matches.
  Result<GrammarAutomaton> run(const std::string& name) {
    const auto refuse_size = [&] {
      return Error(FaultCode::unsupported,
                   name + ": larger than GrammarLimits::states, " + std::to_string(in_.limits().states));
    };
    if (in_.full()) return refuse_size();
    find_empty();
    find_sizes();
    for (std::size_t r = 0; r < in_.rules().size(); ++r) {
      starts_.push_back(node());
      ends_.push_back(node());
    }
    for (std::size_t r = 0; r < in_.rules().size() && !too_large(); ++r) {
      emit(in_.rules()[r].body, starts_[r], ends_[r]);
    }
    while (!bodies_.empty() && !too_large()) {  // what is counted: an automaton of its own
      const Body body = bodies_.back();
      bodies_.pop_back();
      emit(body.what, body.start, body.end);
    }
    if (too_large()) return refuse_size();
    sort_edges();
    if (const ExpressionRule* rule = left_recursive()) {
      const std::string place = rule->place.empty() ? name : name + ": " + rule->place;
      return Error(FaultCode::unsupported, place + ": " + rule->name +
                                               " calls itself before it reads anything (left recursion): write it as "
                                               "a repetition");
    }
    drop_dead_ends();
    if (!alive_[std::size_t(starts_[0])]) {
      const ExpressionRule& rule = in_.rules()[0];
      const std::string place = rule.place.empty() ? name : name + ": " + rule.place;
      return Error(FaultCode::invalid_argument, place + ": " + rule.name + " matches no text: it can never end");
    }
    finish();
    return std::move(out_);
  }

 private:
  struct Body {
    ExpressionId what;
    NodeId start, end;
  };
  static constexpr std::int64_t unrolled = 64;  // edges that a repeat may be written out in

  bool too_large() const { return out_.edges.size() > in_.limits().states; }
  NodeId node() { return nodes_++; }
  void edge(GrammarEdge e) { out_.edges.push_back(e); }
  void free(NodeId from, NodeId to) { edge({GrammarEdge::Kind::free, 0, 0, from, to, -1, 0, 0}); }

  /// Which expressions match the empty text: the least solution.
  void find_empty() {
    empty_.assign(in_.size(), 0);
    std::vector<std::uint8_t> rules(in_.rules().size());
    // Parts stand before what they are parts of, so one sweep settles all but rules.
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < in_.size(); ++i) empty_[i] = is_empty(in_[ExpressionId(i)], rules);
      for (std::size_t r = 0; r < rules.size(); ++r) {
        const bool now = empty_[std::size_t(in_.rules()[r].body)] != 0;
        changed = changed || (now && !rules[r]);
        rules[r] = now;
      }
    }
  }
  bool is_empty(const Expression& e, const std::vector<std::uint8_t>& rules) const {
    const auto empty = [this](ExpressionId part) { return empty_[std::size_t(part)] != 0; };
    switch (e.kind) {
      case Expression::Kind::bytes: return false;
      case Expression::Kind::sequence: return std::ranges::all_of(in_.parts(e), empty);
      case Expression::Kind::choice: return std::ranges::any_of(in_.parts(e), empty);
      case Expression::Kind::repeat: return e.min == 0 || empty(e.from);
      case Expression::Kind::rule: return rules[std::size_t(e.from)] != 0;
    }
    return false;
  }

  void emit(ExpressionId id, NodeId from, NodeId to) {
    if (too_large()) return;
    const Expression& e = in_[id];
    switch (e.kind) {
      case Expression::Kind::bytes: return edge({GrammarEdge::Kind::bytes, e.first, e.last, from, to, -1, 0, 0});
      case Expression::Kind::rule:
        return edge({GrammarEdge::Kind::call, 0, 0, from, to, starts_[std::size_t(e.from)], 0, 0});
      case Expression::Kind::repeat: return emit_repeat(e, from, to);
      case Expression::Kind::choice:
        for (const ExpressionId part : in_.parts(e)) emit(part, from, to);
        return;
      case Expression::Kind::sequence: break;
    }
    const auto parts = in_.parts(e);
    if (parts.empty()) return free(from, to);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const NodeId next = i + 1 == parts.size() ? to : node();
      emit(parts[i], from, next);
      from = next;
    }
  }

  /// Edges of an expression: repeats of little are written out, others are counted.
  void find_sizes() {
    size_.assign(in_.size(), 1);
    for (std::size_t i = 0; i < in_.size(); ++i) {
      const Expression& e = in_[ExpressionId(i)];
      std::int64_t sum = 0;
      if (e.kind == Expression::Kind::sequence || e.kind == Expression::Kind::choice) {
        for (const ExpressionId part : in_.parts(e)) sum += size_[std::size_t(part)];
      } else if (e.kind == Expression::Kind::repeat && !is_counted(e)) {
        sum = std::int64_t(copies_of(e)) * (size_[std::size_t(e.from)] + 1);
      }
      size_[i] = std::int32_t(std::clamp<std::int64_t>(sum, 1, 1 << 30));
    }
  }
  static std::int32_t copies_of(const Expression& e) { return e.max < 0 ? std::max(e.min, 1) : e.max; }
  bool is_counted(const Expression& e) const {
    if (empty_[std::size_t(e.from)] || copies_of(e) < 2) return false;
    return std::int64_t(copies_of(e)) * size_[std::size_t(e.from)] > unrolled;
  }

  void emit_repeat(const Expression& e, NodeId from, NodeId to) {
    if (e.max == 0) return free(from, to);
    if (is_counted(e)) {
      const Body body{e.from, node(), node()};
      bodies_.push_back(body);
      ends_.push_back(body.end);
      return edge({GrammarEdge::Kind::count, 0, 0, from, to, body.start, e.min, e.max});
    }
    const NodeId first = node();
    free(from, first);
    emit_copies(e, first, to);
  }

  void emit_copies(const Expression& e, NodeId at, NodeId to) {
    for (std::int32_t i = 0; !too_large(); ++i) {
      if (i >= e.min) free(at, to);
      const NodeId next = i + 1 == e.max ? to : node();
      emit(e.from, at, next);
      if (next == to) return;
      if (e.max < 0 && i + 1 >= e.min) {  // round and round
        free(next, at);
        return free(next, to);
      }
      at = next;
    }
  }

  void sort_edges() {
    std::vector<std::int32_t> places(std::size_t(nodes_) + 1);
    for (const GrammarEdge& e : out_.edges) ++places[std::size_t(e.from) + 1];
    for (std::size_t i = 1; i < places.size(); ++i) places[i] += places[i - 1];
    out_.first_edge = places;
    std::vector<GrammarEdge> sorted(out_.edges.size());
    for (const GrammarEdge& e : out_.edges) sorted[std::size_t(places[std::size_t(e.from)]++)] = e;
    out_.edges = std::move(sorted);
  }

  /// A rule that can call itself before a byte is read, or null. What is counted reads a byte, so calls behind it wait.
  const ExpressionRule* left_recursive() {
    std::vector<std::vector<RuleId>> calls(in_.rules().size());
    std::vector<std::int32_t> rule_of(std::size_t(nodes_), -1), seen(std::size_t(nodes_), -1);
    for (std::size_t r = 0; r < starts_.size(); ++r) rule_of[std::size_t(starts_[r])] = std::int32_t(r);
    std::vector<NodeId> open;
    for (std::size_t r = 0; r < starts_.size(); ++r) {
      const auto reach = [&](NodeId n) {
        if (std::exchange(seen[std::size_t(n)], std::int32_t(r)) != std::int32_t(r)) open.push_back(n);
      };
      for (reach(starts_[r]); !open.empty();) {
        const NodeId n = open.back();
        open.pop_back();
        for (const GrammarEdge& e : out_.edges_of(n)) {
          if (e.kind == GrammarEdge::Kind::free) reach(e.to);
          if (e.kind == GrammarEdge::Kind::count) {
            if (e.min == 0) reach(e.to);
            reach(e.callee);
          }
          if (e.kind != GrammarEdge::Kind::call) continue;
          const RuleId callee = rule_of[std::size_t(e.callee)];
          calls[r].push_back(callee);
          if (empty_[std::size_t(in_.rules()[std::size_t(callee)].body)]) reach(e.to);
        }
      }
    }
    return in_a_circle(calls);
  }

  const ExpressionRule* in_a_circle(const std::vector<std::vector<RuleId>>& calls) const {
    enum : std::uint8_t { fresh, open, done };
    std::vector<std::uint8_t> state(calls.size(), fresh);
    std::vector<std::pair<RuleId, std::size_t>> path;
    for (std::size_t r = 0; r < calls.size(); ++r) {
      if (state[r] != fresh) continue;
      path.emplace_back(RuleId(r), 0);
      state[r] = open;
      while (!path.empty()) {
        auto& [at, next] = path.back();
        if (next == calls[std::size_t(at)].size()) {
          state[std::size_t(at)] = done;
          path.pop_back();
          continue;
        }
        const RuleId callee = calls[std::size_t(at)][next++];
        if (state[std::size_t(callee)] == open) return &in_.rules()[std::size_t(callee)];
        if (state[std::size_t(callee)] == fresh) {
          state[std::size_t(callee)] = open;
          path.emplace_back(callee, 0);
        }
      }
    }
    return nullptr;
  }

  /// Takes out every edge behind which no end can be reached: whatever is begun can be finished.
  void drop_dead_ends() {
    const std::size_t n = std::size_t(nodes_);
    std::vector<std::vector<std::int32_t>> into(n);  // the edges to look at when a node turns out to be alive
    alive_.assign(n, 0);
    std::vector<NodeId> open;
    const auto live = [&](NodeId node_id) {
      if (!std::exchange(alive_[std::size_t(node_id)], std::uint8_t(1))) open.push_back(node_id);
    };
    for (std::size_t i = 0; i < out_.edges.size(); ++i) {
      const GrammarEdge& e = out_.edges[i];
      into[std::size_t(e.to)].push_back(std::int32_t(i));
      if (e.callee >= 0) into[std::size_t(e.callee)].push_back(std::int32_t(i));
    }
    for (const NodeId end : ends_) live(end);
    while (!open.empty()) {
      const NodeId at = open.back();
      open.pop_back();
      for (const std::int32_t i : into[std::size_t(at)]) {
        if (may_stay(out_.edges[std::size_t(i)])) live(out_.edges[std::size_t(i)].from);
      }
    }
    for (GrammarEdge& e : out_.edges) {
      const bool skips = e.kind == GrammarEdge::Kind::count && e.min == 0 && !alive_[std::size_t(e.callee)];
      if (skips) e = {GrammarEdge::Kind::free, 0, 0, e.from, e.to, -1, 0, 0};
    }
    std::erase_if(out_.edges, [this](const GrammarEdge& e) { return !may_stay(e); });
    sort_edges();
  }
  bool may_stay(const GrammarEdge& e) const {
    if (!alive_[std::size_t(e.to)]) return false;
    if (e.callee < 0 || alive_[std::size_t(e.callee)]) return true;
    return e.kind == GrammarEdge::Kind::count && e.min == 0;
  }

  void finish() {
    for (GrammarEdge& e : out_.edges) {  // past free edges without a choice; a circle of them was dropped as dead
      for (auto edges = out_.edges_of(e.to); edges.size() == 1 && edges[0].kind == GrammarEdge::Kind::free;
           edges = out_.edges_of(e.to)) {
        e.to = edges[0].to;
      }
    }
    std::array<bool, 257> cuts{};
    for (const GrammarEdge& e : out_.edges) {
      if (e.kind == GrammarEdge::Kind::bytes) cuts[e.first] = cuts[std::size_t(e.last) + 1] = true;
    }
    for (std::size_t b = 0; b < 256; ++b) {
      if (b == 0 || cuts[b]) out_.sample.push_back(std::uint8_t(b));
      out_.classes[b] = std::uint8_t(out_.sample.size() - 1);
    }
    out_.start = starts_[0];
    out_.limits = in_.limits();
  }

  const Expressions& in_;
  GrammarAutomaton out_;
  NodeId nodes_ = 0;
  std::vector<NodeId> starts_;         // of rules
  std::vector<NodeId> ends_;           // of rules, then of what is counted
  std::vector<Body> bodies_;
  std::vector<std::uint8_t> empty_;    // an expression: whether it matches the empty text
  std::vector<std::int32_t> size_;     // an expression: its edges
  std::vector<std::uint8_t> alive_;    // a node: whether an end can be reached
};

}  // namespace detail
}  // namespace skald
