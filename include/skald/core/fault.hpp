// What went wrong, without a heap: the return value of everything below the border.
#pragma once
#include <cstdint>
#include <type_traits>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

enum class FaultCode : std::uint8_t {
  none,
  cancelled,         ///< the caller asked to stop; nothing was changed
  invalid_argument,  ///< an option or a shape the caller gave
  out_of_range,      ///< a token, position, row or adapter that does not exist
  out_of_memory,     ///< memory, scratch or cache room
  mismatch,          ///< two things that should agree do not: a tensor's shape, a dtype
  not_found,         ///< a file, tensor or field that should be there
  malformed,         ///< a file that is not what it claims to be
  unsupported,       ///< understood, and not done here
  io,                ///< the operating system said no
  numeric,           ///< a probability row without any mass, NaN where a number is needed
};

/// A fault carries both values and its place: "<what>[<index>]: expected <expected>, found <found>".
/// `what` is a literal naming the thing and the rule; it is never freed. Trivial: no heap, no destructor.
struct [[nodiscard]] Fault {
  FaultCode code = FaultCode::none;
  std::int32_t index = -1;     ///< row, layer or token it concerns; -1: none
  const char* what = nullptr;
  std::int64_t expected = 0;
  std::int64_t found = 0;
  bool values = false;         ///< whether `expected` and `found` say something

  constexpr explicit operator bool() const { return code != FaultCode::none; }
};

static_assert(std::is_trivially_copyable_v<Fault>);

constexpr Fault fault(FaultCode code, const char* what, std::int32_t index = -1) {
  return {code, index, what, 0, 0, false};
}

constexpr Fault fault(FaultCode code, const char* what, std::int64_t expected, std::int64_t found,
                      std::int32_t index = -1) {
  return {code, index, what, expected, found, true};
}

constexpr const char* name(FaultCode code) {
  switch (code) {
    case FaultCode::none: return "no fault";
    case FaultCode::cancelled: return "cancelled";
    case FaultCode::invalid_argument: return "invalid argument";
    case FaultCode::out_of_range: return "out of range";
    case FaultCode::out_of_memory: return "out of memory";
    case FaultCode::mismatch: return "mismatch";
    case FaultCode::not_found: return "not found";
    case FaultCode::malformed: return "malformed";
    case FaultCode::unsupported: return "unsupported";
    case FaultCode::io: return "input or output failed";
    case FaultCode::numeric: return "not a number";
  }
  return "unknown fault";
}

}  // namespace skald
