// expect: skald: not a sampler; write `token_id operator()(LogitsRow& row, const RandomKey& key) const`, or one with a State. See docs/logits_processors.md
#include "skald/generation/generate.hpp"
#include "support/fake_model.hpp"

struct First {
#ifdef SKALD_MISTAKE
  skald::token_id operator()(skald::LogitsRow&) const { return 0; }
#else
  skald::token_id operator()(skald::LogitsRow&, const skald::RandomKey&) const { return 0; }
#endif
};

bool run(const support::FakeModel& lm) {
  return bool(skald::try_generate(lm, {1, 2}, skald::chain(), First{}));
}
