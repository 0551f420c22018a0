// Small specs that are valid as they stand; tests change what they are about.
#pragma once
#include "skald/spec/model_spec.hpp"

namespace support {

/// A llama of two layers.
constexpr skald::ModelSpec small_spec() {
  skald::ModelSpec s;
  s.vocab_size = 50;
  s.hidden_size = 24;
  s.max_positions = 64;
  s.ropes[0].dim = s.ropes[1].dim = 6;
  s.decoder.layers = 2;
  for (skald::BlockSpec& b : s.decoder.kinds) {
    b.attention.heads = 4;
    b.attention.kv_heads = 2;
    b.attention.head_dim = 6;
    b.attention.scale = 0.40824829f;
    b.feed_forward.inner = 40;
  }
  return s;
}

/// As mixtral and qwen2_moe: chosen experts, and a shared one behind a switch.
constexpr skald::ModelSpec experts_spec() {
  skald::ModelSpec s = small_spec();
  for (skald::BlockSpec& b : s.decoder.kinds) {
    b.feed_forward.kind = skald::FeedForward::experts;
    b.feed_forward.experts = 5;
    b.feed_forward.experts_per_token = 2;
    b.feed_forward.shared_inner = 12;
    b.feed_forward.shared_gate = true;
  }
  return s;
}

/// As bert: bidirectional, no positions inside, plain feed-forwards.
constexpr skald::ModelSpec encoder_spec() {
  skald::ModelSpec s = small_spec();
  s.head = skald::HeadKind::none;
  s.encoder = s.decoder;
  s.decoder.layers = 0;
  for (skald::BlockSpec& b : s.encoder.kinds) {
    b.attention.causal = false;
    b.attention.position = skald::Position::none;
    b.attention.kv_heads = 4;
    b.feed_forward.kind = skald::FeedForward::plain;
    b.norms = skald::attention_sum | skald::feed_forward_sum;
  }
  return s;
}

}  // namespace support
