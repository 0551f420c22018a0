// A list of types and the few questions that policies ask of it.
#pragma once
#include <cstddef>
#include <type_traits>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

template <class... Ts>
struct TypeList {
  static constexpr std::size_t size = sizeof...(Ts);

  /// Calls f(std::type_identity<T>{}) in order until one returns true; tells whether one did.
  template <class F>
  static constexpr bool any(F&& f) {
    return (f(std::type_identity<Ts>{}) || ...);
  }
};

/// For a static_assert that fails only when its branch is instantiated.
template <class> inline constexpr bool always_false = false;

template <class T, class... Ts> inline constexpr bool is_one_of = (std::is_same_v<T, Ts> || ...);

/// The place of T among Ts (sizeof...(Ts) when it is not there).
template <class T, class... Ts>
constexpr std::size_t position_of() {
  std::size_t i = 0;
  return ((std::is_same_v<T, Ts> || (++i, false)) || ...) ? i : sizeof...(Ts);
}

}  // namespace skald
