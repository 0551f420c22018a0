// The two integers every part of skald speaks of.
#pragma once
#include <cstddef>
#include <cstdint>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

using index_t = std::ptrdiff_t;  ///< counts and offsets of elements
using token_id = std::int32_t;   ///< one token of a vocabulary

}  // namespace skald
