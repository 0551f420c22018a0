// The kernels of Bare: integers where numbers have eight bits, and functions whose bits are the same everywhere.
#pragma once
#include "skald/core/math.hpp"
#include "skald/ops/bare/attention.hpp"
#include "skald/ops/bare/linear.hpp"
#include "skald/ops/reference/activation.hpp"
#include "skald/ops/reference/elementwise.hpp"
#include "skald/ops/reference/experts.hpp"
#include "skald/ops/reference/norm.hpp"
#include "skald/ops/reference/rope.hpp"

namespace skald::inline SKALD_ABI {

struct BareKernels : BareLinear,
                     BareAttention,
                     ReferenceNorm,
                     ReferenceActivation,
                     ReferenceElementwise,
                     ReferenceRope,
                     ReferenceExperts {
  using BareLinear::dot;
  using Math = PortableMath;
};

}  // namespace skald
