// expect: skald: what follows the options must be a stopping criterion, `FinishReason operator()(const RowContext&) const`
#include "skald/generation/generate.hpp"
#include "support/fake_model.hpp"

struct Enough {
#ifdef SKALD_MISTAKE
  bool operator()(const skald::RowContext& c) const { return c.ids.size() > 9; }
#else
  skald::FinishReason operator()(const skald::RowContext& c) const {
    return c.ids.size() > 9 ? skald::FinishReason::stop : skald::FinishReason::none;
  }
#endif
};

bool run(const support::FakeModel& lm) {
  return bool(skald::try_generate(lm, {1, 2}, skald::chain(), skald::Greedy{}, {}, Enough{}));
}
