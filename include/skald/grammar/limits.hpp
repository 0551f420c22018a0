// What a grammar may ask of us: whatever a stranger writes, reading and following it stays bounded.
#pragma once
#include <cstddef>
#include <cstdint>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

struct GrammarLimits {
  std::size_t text = 1u << 20;       ///< bytes of a grammar, a pattern, a schema, a list of choices
  int nesting = 128;                 ///< groups, arrays and objects within each other in that text
  std::size_t states = 1'000'000;    ///< of the automaton, and parts of the expression it is made of

  // While text is generated; see ConstrainedDecoding.
  std::int32_t depth = 1000;         ///< rules within rules that are open at once; what would go deeper is not offered
  std::size_t readings = 4096;       ///< ways to read the same text, kept side by side
  std::size_t work = 50'000'000;     ///< steps to find the tokens that fit, once a state
  std::size_t memory = 64u << 20;    ///< bytes of states and masks that are remembered
};

}  // namespace skald
