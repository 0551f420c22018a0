// Processors one after the other: a type, so the whole chain is one inlined function. See docs/logits_processors.md
#pragma once
#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "skald/core/fault.hpp"
#include "skald/logits/concepts.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

template <class P>
inline constexpr bool is_swept = PointwiseProcessor<P> && !RowProcessor<P> && !StatefulProcessor<P>;

// What a sweep calls: small links as copies, so that the compiler knows no score is stored into them.
template <class P>
using Swept = std::conditional_t<std::is_trivially_copyable_v<P> && sizeof(P) <= 64, P, const P&>;

template <class P>
struct StateTuple {
  using type = std::tuple<>;
};

template <StatefulProcessor P>
struct StateTuple<P> {
  using type = std::tuple<typename P::State>;
};

}  // namespace detail

/// Links applied from left to right; `RepetitionPenalty{1.1f} | Temperature{0.7f} | TopK{50}` makes one. It is const in
/// use and may be shared by any number of threads: what changes is in the State, one a sequence, empty unless a link is
/// stateful. A run of pointwise links costs one sweep over the row. Itself a StatefulProcessor; no heap of its own.
template <class... Ps>
class Chain {
 public:
  using LogitsLink = void;
  using State = decltype(std::tuple_cat(std::declval<typename detail::StateTuple<Ps>::type>()...));

  constexpr explicit Chain(std::tuple<Ps...> links) : links_(std::move(links)) {}

  constexpr const std::tuple<Ps...>& links() const& { return links_; }
  constexpr std::tuple<Ps...> links() && { return std::move(links_); }

  /// The first fault among the links that check their options, `Fault check() const`.
  constexpr Fault check() const {
    Fault found;
    const auto look = [&found](const auto& link) {
      if constexpr (requires { { link.check() } -> std::same_as<Fault>; }) {
        if (!found) found = link.check();
      }
    };
    std::apply([&](const Ps&... link) { (look(link), ...); }, links_);
    return found;
  }

  /// The states of the stateful links for a sequence that begins with context.ids.
  State start(const RowContext& context) const {
    const auto state_of = [&context]<class P>(const P& link) -> typename detail::StateTuple<P>::type {
      if constexpr (StatefulProcessor<P>) return {link.start(context)};
      else return {};
    };
    return std::apply([&](const Ps&... link) { return std::tuple_cat(state_of(link)...); }, links_);
  }

  void operator()(LogitsRow& row, const RowContext& context, State& state) const { apply<0, 0>(row, context, state); }

  /// Tells the stateful links that `token` was appended.
  void accept(token_id token, State& state) const { accept_from<0, 0>(token, state); }

 private:
  template <std::size_t I>
  using Link = std::tuple_element_t<I, std::tuple<Ps...>>;

  // I: the link, S: the place of its state.
  template <std::size_t I, std::size_t S>
  void apply(LogitsRow& row, const RowContext& context, State& state) const {
    if constexpr (I < sizeof...(Ps)) {
      const auto& link = std::get<I>(links_);
      if constexpr (StatefulProcessor<Link<I>>) {
        link(row, context, std::get<S>(state));
        apply<I + 1, S + 1>(row, context, state);
      } else if constexpr (RowProcessor<Link<I>>) {
        link(row, context);
        apply<I + 1, S>(row, context, state);
      } else {
        sweep<I>(row, std::make_index_sequence<run_length<I>()>{});
        apply<I + run_length<I>(), S>(row, context, state);
      }
    }
  }

  /// How many pointwise links stand together from I on.
  template <std::size_t I>
  static consteval std::size_t run_length() {
    if constexpr (I < sizeof...(Ps)) {
      if constexpr (detail::is_swept<Link<I>>) return 1 + run_length<I + 1>();
    }
    return 0;
  }

  template <std::size_t I, std::size_t... J>
  void sweep(LogitsRow& row, std::index_sequence<J...>) const {
    const std::tuple<detail::Swept<Link<I + J>>...> run(std::get<I + J>(links_)...);
    row.for_each([&run](float& score, token_id token) {
      float s = score;
      ((s = static_cast<float>(std::get<J>(run)(s, token))), ...);
      score = s;
    });
  }

  template <std::size_t I, std::size_t S>
  void accept_from(token_id token, State& state) const {
    if constexpr (I < sizeof...(Ps)) {
      constexpr bool remembers = StatefulProcessor<Link<I>>;
      if constexpr (remembers) std::get<I>(links_).accept(token, std::get<S>(state));
      accept_from<I + 1, S + remembers>(token, state);
    }
  }

  SKALD_NO_UNIQUE_ADDRESS std::tuple<Ps...> links_;
};

namespace detail {

template <class P>
inline constexpr bool is_chain = false;
template <class... Ps>
inline constexpr bool is_chain<Chain<Ps...>> = true;

template <class P>
constexpr auto links_of(P&& p) {
  if constexpr (is_chain<std::remove_cvref_t<P>>) return std::forward<P>(p).links();
  else return std::tuple<std::decay_t<P>>(std::forward<P>(p));
}

// Ours: what `|` may be asked to join.
template <class P>
concept LogitsLink = requires { typename std::remove_cvref_t<P>::LogitsLink; };

}  // namespace detail

/// A chain of any processors, also of lambdas and functions alone; a chain among them is taken apart. Copies or moves
/// what it is given. chain() without any changes nothing.
template <class... Ps>
constexpr auto chain(Ps&&... ps) {
  if constexpr ((detail::require_logits_processor<std::decay_t<Ps>>() && ...)) {
    return []<class... Links>(std::tuple<Links...> links) {
      return Chain<Links...>(std::move(links));
    }(std::tuple_cat(detail::links_of(std::forward<Ps>(ps))...));
  } else {
    return Chain<>(std::tuple<>{});
  }
}

/// chain(a, b), where one of the two is a processor of skald's; the other may be a lambda.
template <class A, class B>
  requires(detail::LogitsLink<A> || detail::LogitsLink<B>)
constexpr auto operator|(A&& a, B&& b) {
  return chain(std::forward<A>(a), std::forward<B>(b));
}

}  // namespace skald
