// When a sequence ends.
#pragma once
#include <concepts>
#include <tuple>
#include <utility>

#include "skald/core/type_list.hpp"
#include "skald/generation/search.hpp"
#include "skald/model/special_tokens.hpp"

namespace skald::inline SKALD_ABI {

/// | expression | result       | meaning                                                                              |
/// |------------|--------------|--------------------------------------------------------------------------------------|
/// | s(context) | FinishReason | none: go on. Asked after every new token, the last of context.ids. Const, stateless  |
template <class S>
concept StoppingCriterion = requires(const S& s, const RowContext& c) {
  { s(c) } -> std::same_as<FinishReason>;
};

/// ids.size() has reached context.max_length: prompt and new tokens together.
struct MaxLength {
  FinishReason operator()(const RowContext& c) const {
    return std::int32_t(c.ids.size()) >= c.max_length ? FinishReason::length : FinishReason::none;
  }
};

/// The last token is one of context.eos.
struct EosToken {
  FinishReason operator()(const RowContext& c) const {
    for (token_id e : c.eos)
      if (!c.ids.empty() && c.ids.back() == e) return FinishReason::stop;
    return FinishReason::none;
  }
};

/// The first of several criteria that says stop; eos counts before length, so that a reason is never hidden by it.
template <class... Cs>
struct AnyOf {
  SKALD_NO_UNIQUE_ADDRESS std::tuple<Cs...> criteria;

  FinishReason operator()(const RowContext& c) const {
    FinishReason found = FinishReason::none;
    const auto ask = [&](const auto& criterion) { return (found = criterion(c)) != FinishReason::none; };
    std::apply([&](const Cs&... each) { (void)(ask(each) || ...); }, criteria);
    return found;
  }
};

/// The criteria every search has, and the user's behind them.
template <class... Cs>
constexpr auto stop_when(Cs... more) {
  static_assert(
      (StoppingCriterion<Cs> && ...),
      "skald: a stopping criterion is `FinishReason operator()(const RowContext&) const`. See docs/stopping.md");
  return AnyOf<EosToken, Cs..., MaxLength>{{EosToken{}, std::move(more)..., MaxLength{}}};
}

}  // namespace skald
