// Whether a spec can be run at all: a config file may say anything.
#pragma once
#include "skald/core/fault.hpp"
#include "skald/spec/model_spec.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

inline constexpr std::int32_t largest_size = 1 << 24;

/// `what` names the field and its range; the bound that `n` breaks is what was expected.
constexpr Fault within(const char* what, std::int64_t low, std::int64_t high, std::int64_t n) {
  return low <= n && n <= high ? Fault{} : fault(FaultCode::invalid_argument, what, n < low ? low : high, n);
}

constexpr Fault validate(const ModelSpec& s, const AttentionSpec& a) {
  if (Fault f = within("spec.attention.heads: 1 to 2^24", 1, largest_size, a.heads)) return f;
  if (Fault f = within("spec.attention.kv_heads: 1 to 2^24", 1, largest_size, a.kv_heads)) return f;
  if (Fault f = within("spec.attention.head_dim: 1 to 2^24", 1, largest_size, a.head_dim)) return f;
  if (Fault f = within("spec.attention: heads * head_dim: 1 to 2^24", 1, largest_size, a.q_width())) return f;
  if (a.heads % a.kv_heads != 0)
    return fault(FaultCode::invalid_argument, "spec.attention.kv_heads: a divisor of heads", a.heads, a.kv_heads);
  if (a.window < 0) return fault(FaultCode::invalid_argument, "spec.attention.window: at least", 0, a.window);
  if (a.position == Position::rope) {
    if (Fault f = within("spec.attention.rope: 0 or 1", 0, 1, a.rope)) return f;
    const RopeSpec& rope = s.ropes[a.rope];
    if (rope.dim < 2 || rope.dim % 2 != 0 || rope.dim > a.head_dim)
      return fault(FaultCode::invalid_argument, "spec.ropes.dim: even, at most head_dim", a.head_dim, rope.dim);
    if (rope.scaling == RopeScaling::longrope && rope.dim / 2 > max_rope_factors)
      return fault(FaultCode::invalid_argument, "spec.ropes.long_factor: at most", max_rope_factors, rope.dim / 2);
  }
  return {};
}

constexpr Fault validate(const FeedForwardSpec& f) {
  if (Fault e = within("spec.feed_forward.inner: 1 to 2^24", 1, largest_size, f.inner)) return e;
  if (f.kind != FeedForward::experts) return {};
  if (Fault e = within("spec.feed_forward.experts: 1 to 4096", 1, 4096, f.experts)) return e;
  if (Fault e = within("spec.feed_forward.experts_per_token: 1 to experts", 1, f.experts, f.experts_per_token))
    return e;
  return within("spec.feed_forward.shared_inner: 0 to 2^24", 0, largest_size, f.shared_inner);
}

}  // namespace detail

/// The first size that is impossible, by the name of its field. Sizes are bounded so that products fit index_t. `half`:
/// of an encoder-decoder.
constexpr Fault validate(const ModelSpec& s, bool half = false) {
  using detail::largest_size, detail::within;
  if (Fault f = within("spec.vocab_size: 1 to 2^24", 1, largest_size, s.vocab_size)) return f;
  if (Fault f = within("spec.hidden_size: 1 to 2^24", 1, largest_size, s.hidden_size)) return f;
  if (Fault f = within("spec.max_positions: 1 to 2^24", 1, largest_size, s.max_positions)) return f;
  if (Fault f = within("spec.embedding_size: 0 to 2^24", 0, largest_size, s.embedding_size)) return f;
  if (s.projection == Projection::none && s.embedding_width() != s.hidden_size)
    return fault(FaultCode::mismatch, "spec.embedding_size: without a projection, hidden_size", s.hidden_size,
                 s.embedding_size);
  if (Fault f = within("spec.position_offset: 0 to 2^24", 0, largest_size, s.position_offset)) return f;
  if (Fault f = within("spec.token_types: 0 to 2^24", 0, largest_size, s.token_types)) return f;
  if (Fault f = within("spec.decoder_vocab_size: 0 to 2^24", 0, largest_size, s.decoder_vocab_size)) return f;
  if (Fault f = within("spec.labels: 0 to 2^24", 0, largest_size, s.labels)) return f;
  if (s.position_table == PositionTable::sinusoidal && !half)
    return fault(FaultCode::unsupported, "spec.position_table: sinusoidal tables are made for EncoderDecoder only");
  if (s.encoder.layers > 0 && s.decoder.layers > 0)
    return fault(FaultCode::unsupported, "spec: encoder and decoder together: expected an EncoderDecoder");
  const bool crosses = half && !s.encoder_only();
  if ((s.pooling > Pooling::last || s.pooling == Pooling::mean) && !(crosses && s.pooling == Pooling::last_eos))
    return fault(FaultCode::unsupported, "spec.pooling: only first_tanh, first and last are done yet");
  if (s.head == HeadKind::sequence_class && s.pooling == Pooling::none)
    return fault(FaultCode::invalid_argument, "spec.pooling: sequence classes are told from first_tanh, first or last");
  const StackSpec& stack = s.stack();
  if (Fault f = within("spec.layers: 1 to 192", 1, max_layers, stack.layers)) return f;
  if (s.encoder_only() && s.head == HeadKind::language)
    return fault(FaultCode::invalid_argument, "spec.head: an encoder has no language head");
  if (!s.encoder_only() && (s.head == HeadKind::masked_language || (s.head == HeadKind::question && !crosses)))
    return fault(FaultCode::invalid_argument, "spec.head: a decoder has no head for masked words or questions");
  if (s.head > HeadKind::masked_language)
    if (Fault f = within("spec.labels: 1 to 2^24", 1, largest_size, s.labels)) return f;
  if (Fault f = within("spec.kinds: 1 to 4", 1, max_kinds, stack.kinds_used())) return f;
  for (int l = 0; l < stack.layers; ++l)
    if (stack.weights_index(l) > l)
      return fault(FaultCode::invalid_argument, "spec.weights_of: at most the layer itself", l, stack.weights_index(l),
                   l);
  if (stack.has_relative_bias()) {
    if (Fault f = within("spec.relative_buckets: 4 to 2^24", 4, largest_size, stack.relative_buckets)) return f;
    if (Fault f = within("spec.relative_max_distance: above relative_buckets / 2", stack.relative_buckets / 2 + 1,
                         largest_size, stack.relative_max_distance))
      return f;
  }
  for (int k = 0; k < stack.kinds_used(); ++k) {
    if (stack.has_relative_bias() && stack.kinds[k].attention.heads != stack.kinds[0].attention.heads)
      return fault(FaultCode::mismatch, "spec.attention.heads: one number, where positions are relative",
                   stack.kinds[0].attention.heads, stack.kinds[k].attention.heads);
    if (Fault f = detail::validate(s, stack.kinds[k].attention)) return f;
    if (stack.kinds[k].cross_attention != crosses)
      return fault(FaultCode::unsupported, "spec.cross_attention: of an EncoderDecoder's decoder, and only there");
    if (crosses && stack.kinds[k].parallel)
      return fault(FaultCode::unsupported, "spec.parallel: not with cross_attention");
    if (Fault f = detail::validate(stack.kinds[k].feed_forward)) return f;
  }
  return {};
}

}  // namespace skald
