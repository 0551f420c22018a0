// expect: skald: a stopping criterion is `FinishReason operator()(const RowContext&) const`. See docs/stopping.md
#include "skald/generation/stopping.hpp"

struct Never {
#ifdef SKALD_MISTAKE
  skald::FinishReason operator()() const { return {}; }
#else
  skald::FinishReason operator()(const skald::RowContext&) const { return {}; }
#endif
};

inline const auto stop = skald::stop_when(Never{});
