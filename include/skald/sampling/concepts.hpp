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
concept Sampler = requires(const S& s, LogitsRow& row, const RandomKey& key) {
  { s(row, key) } -> std::same_as<token_id>;
};

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

/// Whether S is a sampler; if not, one sentence says what is missing. The caller then does nothing.
template <class S>
consteval bool require_sampler() {
  if constexpr (!Sampler<S>) {
    static_assert(always_false<S>, "skald: not a sampler; write `token_id operator()(LogitsRow& row, const RandomKey&"
                                   " key) const`. See docs/logits_processors.md");
  }
  return Sampler<S>;
}

}  // namespace detail
}  // namespace skald
