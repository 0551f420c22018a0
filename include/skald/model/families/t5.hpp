// T5: rms norms before, no biases, no scale of q.k, a bias of relative positions that a stack's layers share. Raffel et
// al. 2020; transformers models/t5. v1.1 and Flan gate their feed-forwards.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct T5 {
  static constexpr std::string_view model_type = "t5", prefix = "";
  static constexpr std::string_view dense_module = "wo";  ///< transformers' _keep_in_fp32_modules
  static constexpr std::string_view prefix_of_classes = "transformer.";
  static constexpr HeadStyle heads = {.pooling = Pooling::last_eos, .transform = true, .bias = true};
  static constexpr TensorName encoder_names[] = {
      {Role::token_embedding, "shared"},
      {Role::token_embedding, "encoder.embed_tokens"},
      {Role::relative_bias, "encoder.block.0.layer.0.SelfAttention.relative_attention_bias"},
      {Role::attention_in_norm, "encoder.block.{l}.layer.0.layer_norm"},
      {Role::query, "encoder.block.{l}.layer.0.SelfAttention.q"},
      {Role::key, "encoder.block.{l}.layer.0.SelfAttention.k"},
      {Role::value, "encoder.block.{l}.layer.0.SelfAttention.v"},
      {Role::attention_output, "encoder.block.{l}.layer.0.SelfAttention.o"},
      {Role::feed_forward_in_norm, "encoder.block.{l}.layer.1.layer_norm"},
      {Role::gate, "encoder.block.{l}.layer.1.DenseReluDense.wi_0"},
      {Role::up, "encoder.block.{l}.layer.1.DenseReluDense.wi"},
      {Role::up, "encoder.block.{l}.layer.1.DenseReluDense.wi_1"},
      {Role::down, "encoder.block.{l}.layer.1.DenseReluDense.wo"},
      {Role::final_norm, "encoder.final_layer_norm"},
  };
  static constexpr TensorName names[] = {
      {Role::token_embedding, "shared"},
      {Role::token_embedding, "decoder.embed_tokens"},
      {Role::relative_bias, "decoder.block.0.layer.0.SelfAttention.relative_attention_bias"},
      {Role::attention_in_norm, "decoder.block.{l}.layer.0.layer_norm"},
      {Role::query, "decoder.block.{l}.layer.0.SelfAttention.q"},
      {Role::key, "decoder.block.{l}.layer.0.SelfAttention.k"},
      {Role::value, "decoder.block.{l}.layer.0.SelfAttention.v"},
      {Role::attention_output, "decoder.block.{l}.layer.0.SelfAttention.o"},
      {Role::cross_in_norm, "decoder.block.{l}.layer.1.layer_norm"},
      {Role::cross_query, "decoder.block.{l}.layer.1.EncDecAttention.q"},
      {Role::cross_key, "decoder.block.{l}.layer.1.EncDecAttention.k"},
      {Role::cross_value, "decoder.block.{l}.layer.1.EncDecAttention.v"},
      {Role::cross_output, "decoder.block.{l}.layer.1.EncDecAttention.o"},
      {Role::feed_forward_in_norm, "decoder.block.{l}.layer.2.layer_norm"},
      {Role::gate, "decoder.block.{l}.layer.2.DenseReluDense.wi_0"},
      {Role::up, "decoder.block.{l}.layer.2.DenseReluDense.wi"},
      {Role::up, "decoder.block.{l}.layer.2.DenseReluDense.wi_1"},
      {Role::down, "decoder.block.{l}.layer.2.DenseReluDense.wo"},
      {Role::final_norm, "decoder.final_layer_norm"},
      {Role::head, "lm_head"},
      {Role::classifier_transform, "classification_head.dense"},
      {Role::classifier, "classification_head.out_proj"},
      {Role::question_classifier, "qa_outputs"},
  };

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s;
    s.vocab_size = c.field("vocab_size", 32128);
    s.hidden_size = c.field("d_model", 512);
    s.max_positions = c.field("n_positions", 512);  // what it was trained on; nothing ends there
    s.position_count = PositionCount::from_zero;
    s.norm = {NormKind::rms, false, c.field("layer_norm_epsilon", 1e-6f)};
    s.eos_id = 1;
    s.tied = true;  // a head in the file wins, whatever the config says
    const bool scaled = c.field("scale_decoder_outputs", c.field("tie_word_embeddings", true));
    if (scaled) s.logit_scale = inverse_root(s.hidden_size);
    s.encoder.layers = read_layers(c, "num_layers", 6);
    s.decoder.layers = c.has("num_decoder_layers") ? read_layers(c, "num_decoder_layers", 6) : s.encoder.layers;
    for (StackSpec* stack : {&s.encoder, &s.decoder}) {
      stack->relative_buckets = c.field("relative_attention_num_buckets", 32);
      stack->relative_max_distance = c.field("relative_attention_max_distance", 128);
      BlockSpec& b = stack->kinds[0];
      b.attention.heads = b.attention.kv_heads = c.field("num_heads", 8);
      b.attention.head_dim = c.field("d_kv", 64);
      b.attention.scale = 1;
      b.attention.position = Position::relative;
      b.attention.causal = b.cross_attention = stack == &s.decoder;
      b.feed_forward = feed_forward(c);
    }
    return s;
  }

 private:
  /// "relu", "gated-gelu", "gated-silu": transformers takes gelu_new for the second.
  template <class C>
  static constexpr FeedForwardSpec feed_forward(const C& c) {
    constexpr std::string_view key = "feed_forward_proj", gated = "gated-";
    const std::string_view name = c.field(key, std::string_view("relu"));
    const bool gate = name.substr(0, gated.size()) == gated;
    FeedForwardSpec f;
    f.kind = gate ? FeedForward::gated : FeedForward::plain;
    f.activation = name == "gated-gelu" ? Activation::gelu_tanh
                                        : activation_named(c, key, gate ? name.substr(gated.size()) : name);
    f.inner = c.field("d_ff", 2048);
    return f;
  }
};

}  // namespace families

}  // namespace skald
