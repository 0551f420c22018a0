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
  // What one link remembers of one sequence.
  struct Memory {
    virtual ~Memory() = default;
    virtual std::unique_ptr<Memory> clone() const = 0;
  };

  struct Link {
    virtual ~Link() = default;
    virtual Fault check() const = 0;
    virtual void apply(LogitsRow& row, const RowContext& context, Memory* memory) const = 0;
    virtual std::unique_ptr<Memory> start(const RowContext&) const { return nullptr; }
    virtual void accept(token_id, Memory*) const {}
  };
  // Made from a Link*: one type of shared_ptr for all, since each costs every user's compiler.
  using SharedLink = std::shared_ptr<const Link>;

  template <class C>
  struct Forgetful final : Link {
    explicit Forgetful(C c) : rule(std::move(c)) {}
    Fault check() const override { return rule.check(); }
    void apply(LogitsRow& row, const RowContext& context, Memory*) const override {
      typename C::State none;
      rule(row, context, none);
    }

    C rule;
  };

  template <class C>
  struct Remembering final : Link {
    struct Own final : Memory {
      explicit Own(typename C::State s) : state(std::move(s)) {}
      std::unique_ptr<Memory> clone() const override { return std::make_unique<Own>(state); }

      typename C::State state;
    };

    explicit Remembering(C c) : rule(std::move(c)) {}
    Fault check() const override { return rule.check(); }
    void apply(LogitsRow& row, const RowContext& context, Memory* memory) const override {
      rule(row, context, static_cast<Own*>(memory)->state);
    }
    std::unique_ptr<Memory> start(const RowContext& context) const override {
      return std::make_unique<Own>(rule.start(context));
    }
    void accept(token_id token, Memory* memory) const override {
      rule.accept(token, static_cast<Own*>(memory)->state);
    }

    C rule;
  };

  struct Run {
    explicit Run(SharedLink l) : link(std::move(l)) {}
    Run(Run&&) noexcept = default;
    Run(const Run& other) : link(other.link), memory(other.memory ? other.memory->clone() : nullptr) {}
    Run& operator=(Run other) noexcept {
      link.swap(other.link);
      memory.swap(other.memory);
      return *this;
    }

    SharedLink link;
    std::unique_ptr<Memory> memory;
  };

 public:
  using LogitsLink = void;

  /// What one sequence remembers. A copy is a fork: independent from then on. It holds on to the links it was started
  /// with, so it outlives the processor and does not see links added later.
  class State {
    friend class AnyProcessor;
    std::vector<Run> runs_;
  };

  /// Appends a processor or a chain.
  template <class P>
  AnyProcessor& add(P&& processor) {
    if constexpr (detail::require_logits_processor<std::decay_t<P>>()) {
      using C = decltype(chain(std::forward<P>(processor)));
      using Own = std::conditional_t<std::is_empty_v<typename C::State>, Forgetful<C>, Remembering<C>>;
      links_.push_back(SharedLink(static_cast<const Link*>(new Own(chain(std::forward<P>(processor))))));
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
    for (const SharedLink& link : links_) state.runs_.emplace_back(link).memory = link->start(context);
    return state;
  }

  void operator()(LogitsRow& row, const RowContext& context, State& state) const {
    for (const Run& run : state.runs_) run.link->apply(row, context, run.memory.get());
  }

  void accept(token_id token, State& state) const {
    for (const Run& run : state.runs_) run.link->accept(token, run.memory.get());
  }

 private:
  std::vector<SharedLink> links_;
};

}  // namespace skald
