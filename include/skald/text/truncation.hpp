// Cutting one text or a pair down to a length, and filling a batch up to one.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/text/encoding.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Cuts the parts (one or two texts) so that no more than `room` tokens are left in all. longest_first keeps the
/// shorter text whole where it can and gives an odd token to the longer one.
inline Result<void> truncate(std::vector<Encoding>& parts, std::size_t room, TruncationStrategy strategy, Side side) {
  const std::size_t pair = parts.size() > 1 ? parts[1].size() : 0;
  const std::size_t total = parts[0].size() + pair;
  if (total <= room) return {};
  if (strategy == TruncationStrategy::longest_first) {
    if (parts.size() == 1) {
      parts[0].truncate(room, side);
      return {};
    }
    const bool first_is_longer = parts[0].size() > pair;
    std::size_t shorter = std::min(parts[0].size(), pair);
    std::size_t longer = shorter > room ? shorter : std::max(shorter, room - shorter);
    if (shorter + longer > room) {
      shorter = room / 2;
      longer = room - shorter;
    }
    parts[0].truncate(first_is_longer ? longer : shorter, side);
    parts[1].truncate(first_is_longer ? shorter : longer, side);
    return {};
  }
  const std::size_t which = strategy == TruncationStrategy::only_first ? 0 : 1;
  if (which >= parts.size()) {
    return fault(FaultCode::invalid_argument, "TruncationStrategy::only_second needs a second text");
  }
  const std::size_t remove = total - room;
  if (parts[which].size() <= remove) {
    return fault(FaultCode::invalid_argument, "tokens to cut off exceed the text to be cut",
                 std::int64_t(parts[which].size()), std::int64_t(remove));
  }
  parts[which].truncate(parts[which].size() - remove, side);
  return {};
}

/// Fills up to the longest encoding, or to `length` if that is not negative; both rounded up to `multiple_of`.
inline void pad(std::span<Encoding> batch, std::int64_t length, std::int32_t multiple_of, token_id id,
                std::int32_t type_id, Side side, bool with_offsets) {
  std::size_t target = 0;
  for (const Encoding& encoding : batch) target = std::max(target, encoding.size());
  if (length >= 0) target = std::size_t(length);
  if (const auto m = std::size_t(multiple_of); m > 0) target = (target + m - 1) / m * m;
  for (Encoding& encoding : batch) encoding.pad(target, id, type_id, side, with_offsets);
}

}  // namespace detail
}  // namespace skald
