// expect: skald: DType must be a precision (fp32, fp16, bf16, int8, nf4, fp4), a set OneOf<...> or a Plan<linear, head, table>. See docs/precision.md
#include "skald/backend/reference.hpp"
#include "skald/model/transformer.hpp"
#include "skald/ops/reference/kernels.hpp"

#ifdef SKALD_MISTAKE
using DType = float;
#else
using DType = skald::fp32;
#endif

using Lm = skald::Transformer<skald::Reference, DType, skald::FromConfig>;
inline constexpr auto size = sizeof(Lm);
