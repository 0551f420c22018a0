// Which skald this is, as a value.
#pragma once
#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

struct Version {
  int major, minor, patch;
  friend constexpr bool operator==(const Version&, const Version&) = default;
};

inline constexpr Version version{SKALD_VERSION_MAJOR, SKALD_VERSION_MINOR, SKALD_VERSION_PATCH};

}  // namespace skald
