// Follows an automaton byte by byte: all readings of the text at once, each state made once and found again.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/grammar/automaton.hpp"
#include "skald/grammar/hash_index.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

using GrammarState = std::int32_t;

/// States are small numbers: a set of readings, each a node and the stack of calls around it. Stacks share their lower
/// parts. A state's successors are remembered, so where a text has been before a byte costs a look into a table.
/// Not for two threads at once.
class GrammarMachine {
 public:
  static constexpr GrammarState dead = 0, unknown = -1;
  static constexpr GrammarState too_much = -2;  ///< more readings or more work than the limits allow

  explicit GrammarMachine(std::shared_ptr<const GrammarAutomaton> automaton) : automaton_(std::move(automaton)) {
    intern(false);  // dead
    begin_closure();
    reach(automaton_->start, no_stack);
    start_ = close();
  }

  GrammarState start() const { return start_; }
  /// Whether the text may end here.
  bool may_end(GrammarState s) const { return states_[std::size_t(s)].may_end; }
  /// Whether a byte may follow.
  bool goes_on(GrammarState s) const { return states_[std::size_t(s)].size > 0; }

  /// The state behind one more byte. `work` goes down by one a step that was not remembered.
  GrammarState step(GrammarState s, std::uint8_t byte, std::int64_t& work) {
    const std::size_t at = std::size_t(s) * automaton_->sample.size() + automaton_->classes[byte];
    const GrammarState known = next_[at];
    return known != unknown ? known : find_step(s, byte, at, work);
  }

  GrammarState step(GrammarState s, std::string_view bytes, std::int64_t& work) {
    for (std::size_t i = 0; i < bytes.size() && s > dead; ++i) s = step(s, std::uint8_t(bytes[i]), work);
    return s;
  }

  /// The same state in this machine, of a machine of the same automaton.
  GrammarState adopt(const GrammarMachine& other, GrammarState s) {
    if (s <= dead) return s;
    begin_closure();
    may_end_ = other.may_end(s);
    const State& state = other.states_[std::size_t(s)];
    std::vector<std::int32_t> path;
    for (std::int32_t i = state.from; i < state.from + state.size; ++i) {
      const Reading& reading = other.readings_[std::size_t(i)];
      path.clear();
      for (std::int32_t f = reading.stack; f != no_stack; f = other.frames_[std::size_t(f)].below) path.push_back(f);
      std::int32_t stack = no_stack;
      for (; !path.empty(); path.pop_back()) {
        const Frame& f = other.frames_[std::size_t(path.back())];
        stack = push(f.back, f.count, stack);
      }
      found_.push_back({reading.node, stack});
    }
    return intern(may_end_);
  }

  /// The state with the least counts that goes on as `s` does for all texts of fewer than `distance` bytes: far from
  /// the bounds of a repeat it does not matter how often there was one. `distance` stays where that is `s` itself.
  GrammarState nearest_count(GrammarState s, std::int32_t& distance) {
    begin_closure();
    const State state = states_[std::size_t(s)];
    std::vector<std::int32_t> path;
    for (std::int32_t i = state.from; i < state.from + state.size; ++i) {
      const Reading reading = readings_[std::size_t(i)];
      path.clear();
      for (std::int32_t f = reading.stack; f != no_stack; f = frames_[std::size_t(f)].below) path.push_back(f);
      std::int32_t stack = no_stack;
      for (; !path.empty(); path.pop_back()) {
        const Frame f = frames_[std::size_t(path.back())];
        std::int32_t count = f.count;
        if (f.back < 0) {
          const GrammarEdge& e = automaton_->edges[std::size_t(~f.back)];
          count = f.count < e.min ? 1 : std::max(e.min, 1);
          if (count != f.count) distance = std::min(distance, (f.count < e.min ? e.min : e.max) - f.count);
        }
        stack = push(f.back, count, stack);
      }
      found_.push_back({reading.node, stack});
    }
    std::sort(found_.begin(), found_.end(), before);
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    return intern(state.may_end);
  }

  std::size_t states() const { return states_.size(); }
  std::size_t bytes() const {
    return states_.size() * sizeof(State) + readings_.size() * sizeof(Reading) + frames_.size() * sizeof(Frame) +
           next_.size() * sizeof(GrammarState) + known_states_.bytes() + known_frames_.bytes();
  }

 private:
  static constexpr std::int32_t no_stack = -1;

  struct Frame {  // what waits: a call for where it goes on, a counting edge (as ~edge) for another round
    std::int32_t back, count, below, depth;
    bool operator==(const Frame&) const = default;
  };
  struct Reading {
    NodeId node;
    std::int32_t stack;
    bool operator==(const Reading&) const = default;
  };
  static bool before(const Reading& a, const Reading& b) {
    return a.node != b.node ? a.node < b.node : a.stack < b.stack;
  }
  struct State {
    std::int32_t from = 0, size = 0;  // its readings, sorted
    bool may_end = false;
  };

  GrammarState find_step(GrammarState s, std::uint8_t byte, std::size_t at, std::int64_t& work) {
    const std::uint8_t sample = automaton_->sample[automaton_->classes[byte]];
    begin_closure();
    const State state = states_[std::size_t(s)];
    for (std::int32_t i = state.from; i < state.from + state.size; ++i) {
      const Reading reading = readings_[std::size_t(i)];
      for (const GrammarEdge& e : automaton_->edges_of(reading.node)) {
        --work;
        if (e.kind == GrammarEdge::Kind::bytes && e.first <= sample && sample <= e.last) reach(e.to, reading.stack);
      }
    }
    const GrammarState found = close();
    work -= std::int64_t(seen_.size());
    if (work < 0 || bytes() > automaton_->limits.memory) return too_much;
    return next_[at] = found;
  }

  void begin_closure() {
    open_.clear();
    found_.clear();
    seen_.clear();
    if (seen_places_.size() > 1024) seen_places_.assign(64, -1);
    else std::fill(seen_places_.begin(), seen_places_.end(), -1);
    may_end_ = too_many_ = false;
  }

  /// A reading that was not reached yet is open.
  void reach(NodeId node, std::int32_t stack) {
    if (2 * (seen_.size() + 1) > seen_places_.size()) {
      seen_places_.assign(std::max<std::size_t>(64, 2 * seen_places_.size()), -1);
      for (std::size_t i = 0; i < seen_.size(); ++i) seen_places_[place_of(seen_[i])] = std::int32_t(i);
    }
    const Reading reading{node, stack};
    std::int32_t& place = seen_places_[place_of(reading)];
    if (place >= 0) return;
    place = std::int32_t(seen_.size());
    seen_.push_back(reading);
    open_.push_back(reading);
  }
  std::size_t place_of(const Reading& r) const {
    std::size_t at = std::size_t(mix_hash(std::uint64_t(std::uint32_t(r.node)) << 32 | std::uint32_t(r.stack), 1));
    for (;; ++at) {
      const std::int32_t there = seen_places_[at & (seen_places_.size() - 1)];
      if (there < 0 || seen_[std::size_t(there)] == r) return at & (seen_places_.size() - 1);
    }
  }

  /// Follows everything that takes no byte from the open readings, and makes a state of those that take one.
  GrammarState close() {
    while (!open_.empty() && !too_many_) {
      const Reading r = open_.back();
      open_.pop_back();
      const auto edges = automaton_->edges_of(r.node);
      if (edges.empty()) leave(r.stack);
      bool takes = false;
      for (const GrammarEdge& e : edges) {
        switch (e.kind) {
          case GrammarEdge::Kind::bytes: takes = true; break;
          case GrammarEdge::Kind::free: reach(e.to, r.stack); break;
          case GrammarEdge::Kind::call:  // the last call of a rule leaves nothing to come back to
            enter(e, automaton_->is_end(e.to) ? r.stack : push(e.to, 0, r.stack), r.stack);
            break;
          case GrammarEdge::Kind::count:
            enter(e, push(~std::int32_t(&e - automaton_->edges.data()), 1, r.stack), r.stack);
            if (e.min == 0) reach(e.to, r.stack);
            break;
        }
      }
      if (takes) found_.push_back(r);
      too_many_ = seen_.size() > automaton_->limits.readings * 8 || found_.size() > automaton_->limits.readings;
    }
    return too_many_ ? too_much : intern(may_end_);
  }

  void enter(const GrammarEdge& e, std::int32_t stack, std::int32_t below) {
    const std::int32_t depth = stack == no_stack ? 0 : frames_[std::size_t(stack)].depth;
    if (stack == below || depth <= automaton_->limits.depth) reach(e.callee, stack);
  }

  /// An automaton has come to its end.
  void leave(std::int32_t stack) {
    if (stack == no_stack) {
      may_end_ = true;
      return;
    }
    const Frame f = frames_[std::size_t(stack)];
    if (f.back >= 0) return reach(f.back, f.below);
    const GrammarEdge& e = automaton_->edges[std::size_t(~f.back)];
    if (f.count >= e.min) reach(e.to, f.below);
    if (f.count == e.max) return;
    // Beyond the least number nobody counts where any number is right.
    const std::int32_t count = e.max < 0 && f.count >= e.min ? f.count : f.count + 1;
    reach(e.callee, push(f.back, count, f.below));
  }

  std::int32_t push(std::int32_t back, std::int32_t count, std::int32_t below) {
    const Frame frame{back, count, below, below == no_stack ? 1 : frames_[std::size_t(below)].depth + 1};
    std::uint64_t hash = mix_hash(std::uint64_t(std::uint32_t(back)), std::uint64_t(std::uint32_t(count)));
    hash = mix_hash(hash, std::uint64_t(std::uint32_t(below)));
    const std::int32_t known =
        known_frames_.find(hash, [&](std::int32_t i) { return frames_[std::size_t(i)] == frame; });
    if (known != HashIndex::none) return known;
    frames_.push_back(frame);
    known_frames_.insert(hash, std::int32_t(frames_.size() - 1));
    return std::int32_t(frames_.size() - 1);
  }

  /// The state of the readings in found_, which are sorted here.
  GrammarState intern(bool may_end) {
    std::sort(found_.begin(), found_.end(), before);
    std::uint64_t hash = mix_hash(found_.size(), may_end);
    for (const Reading& r : found_) {
      hash = mix_hash(hash, std::uint64_t(std::uint32_t(r.node)) << 32 | std::uint32_t(r.stack));
    }
    const GrammarState known = known_states_.find(hash, [&](std::int32_t i) {
      const State& s = states_[std::size_t(i)];
      return s.may_end == may_end && std::size_t(s.size) == found_.size() &&
             std::equal(found_.begin(), found_.end(), readings_.begin() + s.from);
    });
    if (known != HashIndex::none) return known;
    states_.push_back({std::int32_t(readings_.size()), std::int32_t(found_.size()), may_end});
    readings_.insert(readings_.end(), found_.begin(), found_.end());
    next_.resize(next_.size() + automaton_->sample.size(), unknown);
    known_states_.insert(hash, std::int32_t(states_.size() - 1));
    return std::int32_t(states_.size() - 1);
  }

  std::shared_ptr<const GrammarAutomaton> automaton_;
  std::vector<Frame> frames_;
  std::vector<Reading> readings_;
  std::vector<State> states_;
  std::vector<GrammarState> next_;  // [states, classes]
  HashIndex known_frames_, known_states_;
  GrammarState start_ = dead;

  // While a state is made.
  std::vector<Reading> open_, found_, seen_;
  std::vector<std::int32_t> seen_places_;
  bool may_end_ = false, too_many_ = false;
};

}  // namespace detail
}  // namespace skald
