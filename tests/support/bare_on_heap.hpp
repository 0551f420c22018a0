// Bare's kernels with a heap: what a host loads and generates with to be compared with firmware, bit by bit.
#pragma once
#include "skald/backend/reference.hpp"
#include "skald/ops/bare/kernels.hpp"

namespace support {

struct BareOnHeap : skald::Reference {
  using Kernels = skald::BareKernels;
};

}  // namespace support
