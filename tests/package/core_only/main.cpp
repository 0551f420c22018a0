// A fixed chain and a sampler on one row of scores.
#include <skald/core.hpp>

int main() {
  float scores[4] = {0.5f, 3.0f, 2.0f, 2.9f};
  float values[4];
  skald::token_id ids[4];
  skald::LogitsRow row(scores, ids, values);
  const skald::token_id seen[] = {1};
  const auto rule = skald::RepetitionPenalty{1.5f} | skald::TopK{2};
  const skald::RowContext context{.ids = seen};
  auto state = rule.start(context);
  rule(row, context, state);
  return skald::Greedy{}(row, skald::RandomKey{}) == 3 ? 0 : 1;  // 3.0 / 1.5 is below 2.9
}
