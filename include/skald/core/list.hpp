// A sequence whose length is known now, or at load.
#pragma once
#include <array>
#include <type_traits>
#include <vector>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

inline constexpr int at_load = -1;

/// std::array<T, N>, or std::vector<T> when N is `at_load`.
template <class T, int N>
using List = std::conditional_t<(N < 0), std::vector<T>, std::array<T, std::size_t(N < 0 ? 0 : N)>>;

/// Makes room for n elements; a fixed list has it.
template <class T, std::size_t N>
constexpr void resize(std::array<T, N>&, int) {}
template <class T>
void resize(std::vector<T>& list, int n) { list.resize(std::size_t(n)); }

}  // namespace skald
