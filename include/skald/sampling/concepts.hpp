// What turns a row of scores into a token.
#pragma once
#include <concepts>
#include <cstdint>

#include "skald/core/random.hpp"
#include "skald/core/type_list.hpp"
#include "skald/logits/row.hpp"

namespace skald::inline SKALD_ABI {

/// Chooses a token of the row. Const and stateless: what is random is a function of the key, so a sequence gets the
/// same tokens in whatever batch it runs. no_token says that there was none to choose (nothing left, a NaN); the caller
/// makes it a Fault of code numeric. A sampler may work in row.scratch() and leaves the scores alone.
template <class S>
concept StatelessSampler = requires(const S& s, LogitsRow& row, const RandomKey& key) {
  { s(row, key) } -> std::same_as<token_id>;
};

/// A sampler whose draws depend on those before: a generator that goes on. The state is a value, one a sequence:
/// start() makes it for sequence number `sequence` of the `sequences` of a call, and each draw moves it on.
template <class S>
concept StatefulSampler = requires(const S& s, LogitsRow& row, const RandomKey& key, typename S::State& state,
                                   std::uint32_t n) {
  requires std::copyable<typename S::State>;
  { s.start(n, n) } -> std::same_as<typename S::State>;
  { s(row, key, state) } -> std::same_as<token_id>;
};

template <class S>
concept Sampler = StatelessSampler<S> || StatefulSampler<S>;

/// The key of one draw: the sampler's `seed` if it has such a member, the sequence's number within the call, and the
/// position of the token to be drawn.
template <Sampler S>
constexpr RandomKey random_key(const S& s, std::uint32_t sequence, std::uint32_t position) {
  if constexpr (requires { { s.seed } -> std::convertible_to<std::uint64_t>; }) {
    return {s.seed, sequence, position};
  } else {
    return {0, sequence, position};
  }
}

namespace detail {

/// What a sequence keeps of its sampler: nothing, unless that is a StatefulSampler.
template <class S>
struct SamplerStateOf {
  struct type {};
};
template <StatefulSampler S>
struct SamplerStateOf<S> {
  using type = typename S::State;
};
template <class S>
using SamplerState = typename SamplerStateOf<S>::type;

template <Sampler S>
SamplerState<S> start_sampler(const S& s, std::uint32_t sequence, std::uint32_t sequences) {
  if constexpr (StatefulSampler<S>) return s.start(sequence, sequences);
  else return {};
}

/// One draw for the token at `position` of sequence number `sequence`.
template <Sampler S>
token_id draw(const S& s, LogitsRow& row, std::uint32_t sequence, std::size_t position, SamplerState<S>& state) {
  const RandomKey key = random_key(s, sequence, std::uint32_t(position));
  if constexpr (StatefulSampler<S>) return s(row, key, state);
  else return s(row, key);
}

/// Whether S is a sampler; if not, one sentence says what is missing. The caller then does nothing.
template <class S>
consteval bool require_sampler() {
  if constexpr (!Sampler<S>) {
    static_assert(always_false<S>, "skald: not a sampler; write `token_id operator()(LogitsRow& row, const RandomKey&"
                                   " key) const`, or one with a State. See docs/logits_processors.md");
  }
  return Sampler<S>;
}

}  // namespace detail
}  // namespace skald
