// Whether a spec can be run at all: a config file may say anything.
#pragma once
#include "skald/core/fault.hpp"
#include "skald/spec/model_spec.hpp"

namespace skald::inline SKALD_ABI {

/// The first size that is impossible, by the name of its field. Sizes are bounded so that products fit index_t.
constexpr Fault validate(const ModelSpec& s) {
  constexpr std::int32_t most = 1 << 24;
  const auto positive = [&](const char* what, std::int32_t n) {
    return n >= 1 && n <= most ? Fault{} : fault(FaultCode::invalid_argument, what, 1, n);
  };
  if (Fault f = positive("spec.vocab_size: at least", s.vocab_size)) return f;
  if (Fault f = positive("spec.hidden_size: at least", s.hidden_size)) return f;
  if (Fault f = positive("spec.max_positions: at least", s.max_positions)) return f;
  if (s.position_table == PositionTable::sinusoidal)
    return fault(FaultCode::unsupported, "spec.position_table: sinusoidal tables are not done yet");
  if (s.encoder.layers > 0 && s.decoder.layers > 0)
    return fault(FaultCode::unsupported, "spec: encoder and decoder together are not done yet");
  const StackSpec& stack = s.stack();
  if (stack.layers < 1 || stack.layers > max_layers)
    return fault(FaultCode::invalid_argument, "spec.layers: at most", max_layers, stack.layers);
  if (stack.kinds_used() > max_kinds)
    return fault(FaultCode::invalid_argument, "spec.kinds: at most", max_kinds, stack.kinds_used());
  for (int k = 0; k < stack.kinds_used(); ++k) {
    const AttentionSpec& a = stack.kinds[k].attention;
    const FeedForwardSpec& f = stack.kinds[k].feed_forward;
    if (Fault e = positive("spec.attention.heads: at least", a.heads)) return e;
    if (Fault e = positive("spec.attention.kv_heads: at least", a.kv_heads)) return e;
    if (Fault e = positive("spec.attention.head_dim: at least", a.head_dim)) return e;
    if (a.heads % a.kv_heads != 0)
      return fault(FaultCode::invalid_argument, "spec.attention.kv_heads: a divisor of heads", a.heads, a.kv_heads);
    if (a.window < 0) return fault(FaultCode::invalid_argument, "spec.attention.window: at least", 0, a.window);
    if (a.position == Position::relative || stack.kinds[k].cross_attention)
      return fault(FaultCode::unsupported, "spec.attention: relative positions and cross attention are not done yet");
    if (a.position == Position::rope) {
      const std::int32_t dim = s.ropes[a.rope].dim;
      if (dim < 2 || dim % 2 != 0 || dim > a.head_dim)
        return fault(FaultCode::invalid_argument, "spec.ropes.dim: even, at most head_dim", a.head_dim, dim);
    }
    if (Fault e = positive("spec.feed_forward.inner: at least", f.inner)) return e;
    if (f.kind == FeedForward::experts && (f.experts < 1 || f.experts > 4096))
      return fault(FaultCode::invalid_argument, "spec.feed_forward.experts: at most", 4096, f.experts);
    if (f.kind == FeedForward::experts && (f.experts_per_token < 1 || f.experts_per_token > f.experts))
      return fault(FaultCode::invalid_argument, "spec.feed_forward.experts_per_token: at most", f.experts,
                   f.experts_per_token);
  }
  return {};
}

}  // namespace skald
