// No heap, threads or exceptions: the caller gives the bytes, the kernels compute in integers where they can.
#pragma once
#include "skald/backend/backend.hpp"
#include "skald/backend/host_queue.hpp"

namespace skald::inline SKALD_ABI {

struct BareKernels;  // ops/bare/kernels.hpp

struct Bare {
  static constexpr const char* name = "bare";
  using Space = Host;
  using Memory = BorrowedMemory;
  using Queue = HostLane<BorrowedMemory>;
  using Kernels = BareKernels;
};

static_assert(Backend<Bare> && !HeapBackend<Bare>);

}  // namespace skald
