// A text as a template argument: pipeline<"fill-mask">(...).
#pragma once
#include <cstddef>
#include <string_view>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

template <std::size_t N>
struct FixedString {
  char text[N] = {};

  constexpr FixedString(const char (&literal)[N]) {
    for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
  }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

}  // namespace skald
