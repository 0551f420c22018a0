// expect: skald: a logits processor with a State needs it copyable, `State start(const RowContext&) const`, `void operator()(LogitsRow&, const RowContext&, State&) const` and `void accept(token_id, State&) const`. See docs/logits_processors.md
#include "skald/logits/temperature.hpp"

struct Count {
  using State = int;
  State start(const skald::RowContext&) const { return 0; }
  void operator()(skald::LogitsRow&, const skald::RowContext&, State&) const {}
#ifndef SKALD_MISTAKE
  void accept(skald::token_id, State& seen) const { ++seen; }
#endif
};

inline const auto rule = Count{} | skald::Temperature{0.7f};
