// What a model family is, as data: every size, kind and switch, and no mathematics. No heap, no strings.
#pragma once
#include "skald/spec/kinds.hpp"

namespace skald::inline SKALD_ABI {

struct NormSpec {
  NormKind kind = NormKind::rms;
  bool bias = false;                       ///< layer only; cohere has none
  float eps = 1e-6f;
  constexpr bool has_weight() const { return kind != NormKind::layer_plain; }
  friend constexpr bool operator==(const NormSpec&, const NormSpec&) = default;
};

inline constexpr int max_rope_factors = 128;

/// Rotary embedding; the formulas of the scalings stand in ops/reference/rope.hpp.
struct RopeSpec {
  float theta = 10000;
  RopePairs pairs = RopePairs::halves;
  std::int32_t dim = 0;                    ///< rotated entries of a head; the rest pass through
  RopeScaling scaling = RopeScaling::none;
  float factor = 1, low_freq_factor = 1, high_freq_factor = 4;
  float beta_fast = 32, beta_slow = 1, mscale = 0, mscale_all_dim = 0;
  float attention_factor = 0;              ///< 0: by the formula
  bool truncate = true;
  std::int32_t original_max_position = 0;
  float short_factor[max_rope_factors] = {}, long_factor[max_rope_factors] = {};  // longrope, dim / 2 each
  friend constexpr bool operator==(const RopeSpec&, const RopeSpec&) = default;
};

struct AttentionSpec {
  std::int32_t heads = 0, kv_heads = 0, head_dim = 0;
  float scale = 0;                         ///< of q.k, nearly always head_dim^-0.5
  float softcap = 0;                       ///< cap * tanh(score / cap); 0: off
  float clip_qkv = 0;                      ///< clamps q, k, v to [-c, c]; 0: off
  std::int32_t window = 0;                 ///< keys a query sees, itself included; 0: all
  bool causal = true;
  bool qkv_bias = false, out_bias = false;
  bool scale_by_layer = false;             ///< gpt2: scale / (layer + 1)
  QkNorm qk_norm = QkNorm::none;
  NormSpec qk_norm_spec{};
  Position position = Position::rope;
  std::uint8_t rope = 0;                   ///< which of ModelSpec::ropes
  float alibi_scale = 1;                   ///< falcon: head_dim^-0.5
  bool alibi_bfloat16 = false;             ///< falcon rounds slope, position and product to bfloat16

  constexpr index_t q_width() const { return index_t(heads) * head_dim; }
  constexpr index_t kv_width() const { return index_t(kv_heads) * head_dim; }
  friend constexpr bool operator==(const AttentionSpec&, const AttentionSpec&) = default;
};

struct FeedForwardSpec {
  FeedForward kind = FeedForward::gated;
  Activation activation = Activation::silu;
  std::int32_t inner = 0;
  bool in_bias = false, out_bias = false;
  std::int32_t experts = 0, experts_per_token = 0;
  std::int32_t shared_inner = 0;           ///< a shared expert beside the chosen ones; 0: none
  bool normalise_top = true, shared_gate = false;
  friend constexpr bool operator==(const FeedForwardSpec&, const FeedForwardSpec&) = default;
};

/// One kind of layer. Models have few kinds and many layers.
struct BlockSpec {
  AttentionSpec attention;
  bool cross_attention = false;            ///< between the two: layers/cross_block.hpp. Its norms stand as theirs
  FeedForwardSpec feed_forward;
  std::uint8_t norms = attention_in | feed_forward_in;
  bool parallel = false;                   ///< x + attention(n1(x)) + feed_forward(n2(x))
  bool shared_norm = false;                ///< parallel: n2 = n1
  bool residual_from_norm = false;         ///< bloom's option: the residual is the normed input
  float residual_scale = 1;

  constexpr bool has(NormAt at) const { return (norms & at) != 0; }
  /// Attention to what an encoder read: heads and biases of self-attention, every key seen, no positions.
  constexpr AttentionSpec cross() const {
    AttentionSpec a;
    a.heads = attention.heads, a.kv_heads = attention.kv_heads, a.head_dim = attention.head_dim;
    a.scale = attention.scale;
    a.qkv_bias = attention.qkv_bias, a.out_bias = attention.out_bias;
    a.causal = false;
    a.position = Position::none;
    return a;
  }
  friend constexpr bool operator==(const BlockSpec&, const BlockSpec&) = default;
};

inline constexpr int max_layers = 192, max_kinds = 4;

struct StackSpec {
  std::int32_t layers = 0;
  bool final_norm = true;
  BlockSpec kinds[max_kinds];
  std::uint8_t kind_of[max_layers] = {};
  bool own_weights = true;                 ///< false: layer l uses the weights of weights_of[l] (albert)
  std::uint8_t weights_of[max_layers] = {};
  std::int32_t inner_layers = 1;           ///< layers that a group of names holds: albert's inner_group_num
  std::int32_t relative_buckets = 0, relative_max_distance = 0;  ///< of Position::relative

  constexpr bool has_relative_bias() const {
    for (int k = 0; k < kinds_used(); ++k)
      if (kinds[k].attention.position == Position::relative) return true;
    return false;
  }

  constexpr const BlockSpec& operator[](int layer) const { return kinds[kind_of[layer]]; }
  constexpr int weights_index(int layer) const { return own_weights ? layer : weights_of[layer]; }
  constexpr int kinds_used() const {
    int n = 0;
    for (int i = 0; i < layers; ++i) n = kind_of[i] >= n ? kind_of[i] + 1 : n;
    return n;
  }
  /// Layers that have weights of their own.
  constexpr int weight_layers() const {
    if (own_weights) return layers;
    int n = 0;
    for (int i = 0; i < layers; ++i) n = weights_of[i] >= n ? weights_of[i] + 1 : n;
    return n;
  }
  /// Of the widest layer: the caches give every layer that much.
  constexpr index_t kv_width() const {
    index_t n = 0;
    for (int k = 0; k < kinds_used(); ++k) n = kinds[k].attention.kv_width() > n ? kinds[k].attention.kv_width() : n;
    return n;
  }
  friend constexpr bool operator==(const StackSpec&, const StackSpec&) = default;
};

struct ModelSpec {
  std::int32_t vocab_size = 0, hidden_size = 0, max_positions = 0;
  std::int32_t embedding_size = 0;         ///< 0: hidden_size
  Projection projection = Projection::none;
  bool projection_bias = false;
  PositionTable position_table = PositionTable::none;
  PositionCount position_count = PositionCount::given;
  std::int32_t position_offset = 0;        ///< rows of the table before position 0 (opt, bart: 2)
  std::int32_t padding_id = -1;
  std::int32_t token_types = 0;
  bool token_types_in_vocabulary = false;  ///< gpt2: type ids index the word table
  bool embedding_norm = false;
  float embedding_scale = 1;
  NormSpec norm;
  RopeSpec ropes[2];
  StackSpec encoder, decoder;              // one may have no layers
  HeadKind head = HeadKind::language;
  bool tied = false, head_bias = false, head_transform = false;
  Activation head_activation = Activation::tanh;
  std::int32_t labels = 0, eos_id = -1;
  Pooling pooling = Pooling::none;
  bool normalise_pooled = false;
  float logit_scale = 1, logit_softcap = 0;
  std::int32_t decoder_vocab_size = 0;     ///< 0: vocab_size
  bool shared_embedding = true;            ///< encoder and decoder have one
  DecoderInput decoder_input = DecoderInput::none;

  constexpr const StackSpec& stack() const { return decoder.layers ? decoder : encoder; }
  constexpr bool encoder_only() const { return decoder.layers == 0; }
  /// Whether keys and values outlive a step: of what generates text.
  constexpr bool cached() const { return decoder.layers > 0 && head == HeadKind::language; }
  /// The most tokens of a row that has a position for each; counted behind padding_id, the first positions are its.
  constexpr std::int32_t longest_row() const {
    return max_positions - (position_count == PositionCount::after_padding_id ? padding_id + 1 : 0);
  }
  constexpr std::int32_t embedding_width() const { return embedding_size ? embedding_size : hidden_size; }
  /// Positions beyond which longrope turns all keys otherwise, cached ones too; 0: never.
  constexpr std::int32_t rope_switch() const {
    for (int k = 0; k < stack().kinds_used(); ++k) {
      const AttentionSpec& a = stack().kinds[k].attention;
      const RopeSpec& r = ropes[a.rope];
      if (a.position == Position::rope && r.scaling == RopeScaling::longrope)
        return r.original_max_position ? r.original_max_position : max_positions;
    }
    return 0;
  }
  constexpr std::int32_t head_rows() const {
    if (head == HeadKind::language || head == HeadKind::masked_language)
      return decoder_vocab_size ? decoder_vocab_size : vocab_size;
    return head == HeadKind::none ? 0 : labels;
  }
  friend constexpr bool operator==(const ModelSpec&, const ModelSpec&) = default;
};

/// An encoder-decoder is two models of one checkpoint: the one that reads, without a head, ...
constexpr ModelSpec encoder_half(ModelSpec s) {
  s.decoder = {};
  s.head = HeadKind::none;
  s.pooling = Pooling::none;
  s.tied = s.head_bias = s.head_transform = false;
  s.labels = 0;
  s.logit_scale = 1;
  s.logit_softcap = 0;
  s.decoder_vocab_size = 0;
  return s;
}
/// ... and the one that writes, with a vocabulary of its own where the table is.
constexpr ModelSpec decoder_half(ModelSpec s) {
  s.encoder = {};
  if (!s.shared_embedding && s.decoder_vocab_size > 0) s.vocab_size = s.decoder_vocab_size;
  s.decoder_vocab_size = 0;
  return s;
}

}  // namespace skald
