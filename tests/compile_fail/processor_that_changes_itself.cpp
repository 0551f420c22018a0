// expect: skald: this logits processor changes itself when called; make operator() const and keep what changes in a State, one a sequence. See docs/logits_processors.md
#include "skald/logits/temperature.hpp"

struct Decay {
  float step = 0;
#ifdef SKALD_MISTAKE
  float operator()(float score, skald::token_id) { return score - (step += 0.1f); }
#else
  float operator()(float score, skald::token_id) const { return score - step; }
#endif
};

inline const auto rule = skald::Temperature{0.7f} | Decay{};
