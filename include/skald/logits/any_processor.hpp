// A chain put together at run time: from options, or one a request.
#pragma once
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Links of any type behind one type: `AnyProcessor any; any.add(rule).add(...)`. Each add() costs one virtual call a
/// row, however long the chain it was given. A copy shares the links, which never change. Itself a StatefulProcessor,
/// so it may be a link of a chain. Uses the heap; for firmware there is Chain.
class AnyProcessor {
  // A link at work on one sequence.
  struct Run {
    virtual ~Run() = default;
    virtual std::unique_ptr<Run> clone() const = 0;
    virtual void apply(LogitsRow& row, const RowContext& context) = 0;
    virtual void accept(token_id token) = 0;
  };

  struct Link {
    virtual ~Link() = default;
    virtual std::unique_ptr<Run> start(const RowContext& context) const = 0;
    virtual Fault check() const = 0;
  };

  template <class C>
  struct ChainRun final : Run {
    ChainRun(std::shared_ptr<const C> c, const RowContext& context) : rule(std::move(c)), state(rule->start(context)) {}
    std::unique_ptr<Run> clone() const override { return std::make_unique<ChainRun>(*this); }
    void apply(LogitsRow& row, const RowContext& context) override { (*rule)(row, context, state); }
    void accept(token_id token) override { rule->accept(token, state); }

    std::shared_ptr<const C> rule;
    typename C::State state;
  };

  template <class C>
  struct ChainLink final : Link {
    explicit ChainLink(C c) : rule(std::make_shared<const C>(std::move(c))) {}
    std::unique_ptr<Run> start(const RowContext& context) const override {
      return std::make_unique<ChainRun<C>>(rule, context);
    }
    Fault check() const override { return rule->check(); }

    std::shared_ptr<const C> rule;
  };

 public:
  using LogitsLink = void;

  /// What one sequence remembers. A copy is a fork: independent from then on. It holds on to the links it was started
  /// with, so it outlives the processor and does not see links added later.
  class State {
   public:
    State() = default;
    State(State&&) noexcept = default;
    State& operator=(State&&) noexcept = default;
    State(const State& other) {
      runs_.reserve(other.runs_.size());
      for (const auto& run : other.runs_) runs_.push_back(run->clone());
    }
    State& operator=(const State& other) { return *this = State(other); }

   private:
    friend class AnyProcessor;
    std::vector<std::unique_ptr<Run>> runs_;
  };

  /// Appends a processor or a chain.
  template <class P>
  AnyProcessor& add(P&& processor) {
    if constexpr (detail::require_logits_processor<std::decay_t<P>>()) {
      auto rule = chain(std::forward<P>(processor));
      links_.push_back(std::make_shared<const ChainLink<decltype(rule)>>(std::move(rule)));
    }
    return *this;
  }

  bool empty() const { return links_.empty(); }

  /// The first fault among the links that check their options.
  Fault check() const {
    for (const auto& link : links_) {
      if (const Fault f = link->check()) return f;
    }
    return {};
  }

  State start(const RowContext& context) const {
    State state;
    state.runs_.reserve(links_.size());
    for (const auto& link : links_) state.runs_.push_back(link->start(context));
    return state;
  }

  void operator()(LogitsRow& row, const RowContext& context, State& state) const {
    for (const auto& run : state.runs_) run->apply(row, context);
  }

  void accept(token_id token, State& state) const {
    for (const auto& run : state.runs_) run->accept(token);
  }

 private:
  std::vector<std::shared_ptr<const Link>> links_;
};

}  // namespace skald
