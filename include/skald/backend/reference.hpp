// Plain loops on one thread: the oracle that every other backend is compared with.
#pragma once
#include "skald/backend/backend.hpp"
#include "skald/backend/heap_storage.hpp"
#include "skald/backend/host_memory.hpp"
#include "skald/backend/host_queue.hpp"

namespace skald::inline SKALD_ABI {

struct ReferenceKernels;  // ops/reference/kernels.hpp

struct Reference {
  static constexpr const char* name = "reference";
  using Space = Host;
  using Memory = HostMemory;
  using Queue = HostLane<HostMemory>;
  using Kernels = ReferenceKernels;

  Queue queue() const { return {}; }
};

static_assert(HeapBackend<Reference>);

}  // namespace skald
