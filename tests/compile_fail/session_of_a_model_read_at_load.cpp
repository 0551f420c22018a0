// expect: skald: a FixedSession needs a model with a Fixed arch, whose sizes are constants. See docs/firmware.md
#include "skald/core.hpp"

inline constexpr auto spec = [] {
  skald::ModelSpec s;
  s.vocab_size = 8;
  s.hidden_size = 4;
  s.max_positions = 8;
  return s;
}();

#ifdef SKALD_MISTAKE
using Arch = skald::FromConfig;
#else
using Arch = skald::Fixed<spec>;
#endif

using Lm = skald::Transformer<skald::Bare, skald::fp32, Arch>;
inline constexpr auto size = sizeof(skald::FixedSession<Lm, skald::Chain<>, skald::Greedy, 8>);
