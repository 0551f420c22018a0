// expect: MemoryOf<6784, 4096>
#include "skald/core.hpp"

inline constexpr auto spec = [] {
  skald::ModelSpec s;
  s.vocab_size = 64;
  s.hidden_size = 16;
  s.max_positions = 64;
  s.decoder.layers = 1;
  s.decoder.kinds[0].attention.heads = s.decoder.kinds[0].attention.kv_heads = 2;
  s.decoder.kinds[0].attention.head_dim = 8;
  s.decoder.kinds[0].feed_forward.inner = 32;
  return s;
}();

#ifdef SKALD_MISTAKE
constexpr std::size_t budget = 4096;
#else
constexpr std::size_t budget = 1 << 20;
#endif

using Lm = skald::Transformer<skald::Bare, skald::fp32, skald::Fixed<spec>>;
using Session = skald::FixedSession<Lm, skald::Chain<>, skald::Greedy, 16>;
static_assert(skald::memory_fits<Session, budget>);
