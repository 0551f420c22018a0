// expect: skald: the first parameter of Transformer must be a backend: Cpu, Reference, Bare or one of your own. See docs/backends.md
#include "skald/backend/reference.hpp"
#include "skald/model/transformer.hpp"
#include "skald/ops/reference/kernels.hpp"

#ifdef SKALD_MISTAKE
using Lm = skald::Transformer<skald::fp32, skald::Reference, skald::FromConfig>;
#else
using Lm = skald::Transformer<skald::Reference, skald::fp32, skald::FromConfig>;
#endif

inline constexpr auto size = sizeof(Lm);
