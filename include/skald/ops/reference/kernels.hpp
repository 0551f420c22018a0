// All plain kernels: the oracle, and everybody's fallback. A kernel set inherits this and replaces what it does better.
#pragma once
#include "skald/ops/reference/activation.hpp"
#include "skald/ops/reference/attention.hpp"
#include "skald/ops/reference/elementwise.hpp"
#include "skald/ops/reference/experts.hpp"
#include "skald/ops/reference/linear.hpp"
#include "skald/ops/reference/norm.hpp"
#include "skald/ops/reference/rope.hpp"

namespace skald::inline SKALD_ABI {

struct ReferenceKernels : ReferenceLinear,
                          ReferenceNorm,
                          ReferenceActivation,
                          ReferenceElementwise,
                          ReferenceRope,
                          ReferenceAttention,
                          ReferenceExperts {};

}  // namespace skald
