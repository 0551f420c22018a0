// The words of a model family: small enumerations, each with the families that use it.
#pragma once
#include <cstdint>

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

enum class NormKind : std::uint8_t {
  layer,         ///< (x - mean) / sqrt(var + eps) * w [+ b]
  layer_plain,   ///< the same without weight and bias: olmo
  rms,           ///< x / sqrt(mean(x^2) + eps) * w
  rms_plus_one,  ///< ... * (1 + w): gemma
};

enum class Activation : std::uint8_t {
  identity,
  gelu,
  gelu_tanh,
  gelu_fast,
  quick_gelu,
  silu,
  relu,
  relu_squared,
  tanh
};

/// What attention itself knows of positions. none: a layer without (smollm3), or positions added to the embedding.
enum class Position : std::uint8_t { none, rope, alibi, relative };

/// A table added to the embedding.
enum class PositionTable : std::uint8_t { none, learned, sinusoidal };

/// Where positions come from when a caller gives ids and a mask, and no positions.
enum class PositionCount : std::uint8_t {
  given,            ///< 0..T-1 over the padded row; generate counts the mask: gpt2, llama, ...
  from_zero,        ///< 0..T-1 always: bert, bart
  from_mask,        ///< the mask always decides: opt, bloom
  after_padding_id  ///< padding_id + 1, + 2, ... over ids that are not padding_id: roberta
};

enum class RopePairs : std::uint8_t { halves, interleaved };
enum class RopeScaling : std::uint8_t { none, linear, dynamic, llama3, yarn, longrope };

enum class QkNorm : std::uint8_t {
  none,
  per_head,      ///< one weight [head_dim] for all heads: qwen3, gemma3, phi
  per_head_own,  ///< a weight row per head: stablelm, cohere
  whole,         ///< over the whole projection before the split: olmo2
};

enum class FeedForward : std::uint8_t { plain, gated, experts };

enum class Pooling : std::uint8_t { none, first_tanh, first, mean, last, last_eos, max, mean_sqrt, weighted_mean };

/// What stands on a model: `question` scores where an answer starts and ends.
enum class HeadKind : std::uint8_t { none, language, masked_language, sequence_class, token_class, question };

/// What the decoder of an encoder-decoder reads where only its encoder is given tokens: those, one place later.
enum class DecoderInput : std::uint8_t {
  none,         ///< it must be given tokens: t5, marian
  after_start,  ///< behind decoder_start_token_id: bart
  after_last,   ///< behind their last one that is no padding: mbart, whose texts end with their language
};

/// Where an embedding narrower than the model is widened: opt before the positions, albert and electra after the norm.
enum class Projection : std::uint8_t { none, before_positions, after_norm };

/// Where the norms of a block stand. llama: attention_in | feed_forward_in; gemma2: the first four; olmo2: the two
/// _out; bert: the two _sum (after the residual addition).
enum NormAt : std::uint8_t {
  attention_in = 1,
  attention_out = 2,
  feed_forward_in = 4,
  feed_forward_out = 8,
  attention_sum = 16,
  feed_forward_sum = 32
};

}  // namespace skald
