// The three forms of a logits processor. See docs/logits_processors.md
#pragma once
#include <concepts>

#include "skald/core/type_list.hpp"
#include "skald/logits/row.hpp"

namespace skald::inline SKALD_ABI {

/// One score at a time: the new score of a token. Neighbours in a chain are fused into one sweep.
template <class P>
concept PointwiseProcessor = requires(const P& p, float score, token_id token) {
  { p(score, token) } -> std::convertible_to<float>;
};

/// The whole row at once.
template <class P>
concept RowProcessor = requires(const P& p, LogitsRow& row, const RowContext& context) {
  { p(row, context) } -> std::same_as<void>;
};

/// A row and what is remembered of the tokens so far. The state is a value, one a sequence: start() makes it when the
/// prompt is known, accept() hears of every token that is kept, and it is copied where a sequence forks.
template <class P>
concept StatefulProcessor = requires(const P& p, LogitsRow& row, const RowContext& context, typename P::State& state,
                                     token_id token) {
  requires std::copyable<typename P::State>;
  { p.start(context) } -> std::same_as<typename P::State>;
  { p(row, context, state) } -> std::same_as<void>;
  { p.accept(token, state) } -> std::same_as<void>;
};

template <class P>
concept LogitsProcessor = PointwiseProcessor<P> || RowProcessor<P> || StatefulProcessor<P>;

namespace detail {

template <class P>
concept HasState = requires { typename P::State; };

// Whether it would do if it were not const.
template <class P>
concept ChangesItself = requires(P& p, float v, token_id t) { { p(v, t) } -> std::convertible_to<float>; } ||
                        requires(P& p, LogitsRow& row, const RowContext& c) { p(row, c); };

/// Whether P is a processor; if not, one sentence says what is missing. The caller then does nothing.
template <class P>
consteval bool require_logits_processor() {
  if constexpr (LogitsProcessor<P>) {
    return true;
  } else if constexpr (HasState<P>) {
    static_assert(always_false<P>,
                  "skald: a logits processor with a State needs it copyable, `State start(const RowContext&) const`, "
                  "`void operator()(LogitsRow&, const RowContext&, State&) const` and `void accept(token_id, State&) "
                  "const`. See docs/logits_processors.md");
  } else if constexpr (ChangesItself<P>) {
    static_assert(always_false<P>,
                  "skald: this logits processor changes itself when called; make operator() const and keep what "
                  "changes in a State, one a sequence. See docs/logits_processors.md");
  } else {
    static_assert(always_false<P>,
                  "skald: not a logits processor; write `float operator()(float score, token_id token) const` or "
                  "`void operator()(LogitsRow& row, const RowContext& context) const`. See docs/logits_processors.md");
  }
  return false;
}

}  // namespace detail
}  // namespace skald
