// The kernel set of the Cpu backend.
#pragma once
#include "skald/ops/cpu/attention.hpp"
#include "skald/ops/cpu/linear.hpp"
#include "skald/ops/cpu/rows.hpp"

namespace skald::inline SKALD_ABI {

struct CpuKernels : CpuLinear, CpuRows, CpuAttention, ReferenceRope, ReferenceExperts {};

}  // namespace skald
