// expect: skald: not a logits processor; write `float operator()(float score, token_id token) const` or `void operator()(LogitsRow& row, const RowContext& context) const`. See docs/logits_processors.md
#include "skald/logits/temperature.hpp"

struct Shift {
#ifdef SKALD_MISTAKE
  float operator()(const char* score) const { return score ? 1.0f : 0.0f; }
#else
  float operator()(float score, skald::token_id) const { return score - 1.0f; }
#endif
};

inline const auto rule = skald::chain(skald::Temperature{0.7f}, Shift{});
