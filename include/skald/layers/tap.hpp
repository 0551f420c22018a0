// Looking inside a forward: hidden states, attentions, observers. The default looks at nothing and costs nothing.
#pragma once
#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

/// | expression                             | meaning                                                              |
/// |----------------------------------------|----------------------------------------------------------------------|
/// | T::hidden_states                       | bool: hidden() is wanted                                             |
/// | T::attentions                          | bool: attention() is wanted; costs tokens * heads * context floats   |
/// | t.hidden(q, i, MatrixView)             | 0: the embedding, i: after layer i (the last one after the norm)     |
/// | t.attention(q, layer, MatrixView)      | probabilities [tokens * heads, context]                              |
/// The views are scratch of the step: read them through the queue, they are there after wait().
struct NoTap {
  static constexpr bool hidden_states = false, attentions = false;
};

}  // namespace skald
