// expect: skald: the third parameter of Transformer must be an arch: FromConfig, Fixed<spec> or one of your own. See docs/families.md
#include "skald/backend/reference.hpp"
#include "skald/model/transformer.hpp"
#include "skald/ops/reference/kernels.hpp"

#ifdef SKALD_MISTAKE
using Arch = skald::ModelSpec;
#else
using Arch = skald::FromConfig;
#endif

using Lm = skald::Transformer<skald::Reference, skald::fp32, Arch>;
inline constexpr auto size = sizeof(Lm);
