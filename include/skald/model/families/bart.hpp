// BART: learned positions two rows into their table, norms after, biases everywhere, one added to the logits. Lewis et
// al. 2020; transformers models/bart. mBART and Marian share names and most of the config.
#pragma once
#include "skald/model/families/common.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

inline constexpr TensorName bart_encoder_names[] = {
    {Role::token_embedding, "shared"},
    {Role::token_embedding, "encoder.embed_tokens"},
    {Role::position_embedding, "encoder.embed_positions"},
    {Role::embedding_norm, "encoder.layernorm_embedding"},
    {Role::query, "encoder.layers.{l}.self_attn.q_proj"},
    {Role::key, "encoder.layers.{l}.self_attn.k_proj"},
    {Role::value, "encoder.layers.{l}.self_attn.v_proj"},
    {Role::attention_output, "encoder.layers.{l}.self_attn.out_proj"},
    {Role::attention_in_norm, "encoder.layers.{l}.self_attn_layer_norm"},
    {Role::attention_sum_norm, "encoder.layers.{l}.self_attn_layer_norm"},
    {Role::up, "encoder.layers.{l}.fc1"},
    {Role::down, "encoder.layers.{l}.fc2"},
    {Role::feed_forward_in_norm, "encoder.layers.{l}.final_layer_norm"},
    {Role::feed_forward_sum_norm, "encoder.layers.{l}.final_layer_norm"},
    {Role::final_norm, "encoder.layer_norm"},
};

inline constexpr TensorName bart_decoder_names[] = {
    {Role::token_embedding, "shared"},
    {Role::token_embedding, "decoder.embed_tokens"},
    {Role::position_embedding, "decoder.embed_positions"},
    {Role::embedding_norm, "decoder.layernorm_embedding"},
    {Role::query, "decoder.layers.{l}.self_attn.q_proj"},
    {Role::key, "decoder.layers.{l}.self_attn.k_proj"},
    {Role::value, "decoder.layers.{l}.self_attn.v_proj"},
    {Role::attention_output, "decoder.layers.{l}.self_attn.out_proj"},
    {Role::attention_in_norm, "decoder.layers.{l}.self_attn_layer_norm"},
    {Role::attention_sum_norm, "decoder.layers.{l}.self_attn_layer_norm"},
    {Role::cross_query, "decoder.layers.{l}.encoder_attn.q_proj"},
    {Role::cross_key, "decoder.layers.{l}.encoder_attn.k_proj"},
    {Role::cross_value, "decoder.layers.{l}.encoder_attn.v_proj"},
    {Role::cross_output, "decoder.layers.{l}.encoder_attn.out_proj"},
    {Role::cross_in_norm, "decoder.layers.{l}.encoder_attn_layer_norm"},
    {Role::cross_sum_norm, "decoder.layers.{l}.encoder_attn_layer_norm"},
    {Role::up, "decoder.layers.{l}.fc1"},
    {Role::down, "decoder.layers.{l}.fc2"},
    {Role::feed_forward_in_norm, "decoder.layers.{l}.final_layer_norm"},
    {Role::feed_forward_sum_norm, "decoder.layers.{l}.final_layer_norm"},
    {Role::final_norm, "decoder.layer_norm"},
    {Role::head, "lm_head"},
    {Role::head, "final_logits_bias", Part::bias_alone},
    {Role::classifier_transform, "classification_head.dense"},
    {Role::classifier, "classification_head.out_proj"},
    {Role::question_classifier, "qa_outputs"},
};

/// Classes are told from the decoder's last end token.
inline constexpr HeadStyle seq2seq_heads = {.pooling = Pooling::last_eos, .transform = true, .bias = true};

/// What bart, mbart and marian read alike; norms after each sum, as bart and marian have them.
template <class C>
constexpr ModelSpec read_bart_like(const C& c, std::int32_t vocab_size) {
  ModelSpec s;
  s.vocab_size = c.field("vocab_size", vocab_size);
  s.hidden_size = c.field("d_model", 1024);
  s.max_positions = c.field("max_position_embeddings", 1024);
  s.position_count = PositionCount::from_zero;
  if (c.field("scale_embedding", false)) s.embedding_scale = float(square_root(s.hidden_size));
  s.norm = {NormKind::layer, true, 1e-5f};
  s.tied = c.field("tie_word_embeddings", true);
  s.head_bias = true;  // where the file has one
  s.eos_id = 2;        // of heads for classes, where the config has none
  for (StackSpec* stack : {&s.encoder, &s.decoder}) {
    const bool writes = stack == &s.decoder;
    stack->layers = read_layers(c, writes ? "decoder_layers" : "encoder_layers", 12);
    stack->final_norm = false;
    BlockSpec& b = stack->kinds[0];
    read_heads(c, b.attention, s.hidden_size, writes ? "decoder_attention_heads" : "encoder_attention_heads", "", 0, "",
               16);
    b.attention.position = Position::none;
    b.attention.qkv_bias = b.attention.out_bias = true;
    b.attention.causal = b.cross_attention = writes;
    b.norms = attention_sum | feed_forward_sum;
    b.feed_forward = plain_feed_forward(read_activation(c, "activation_function", "gelu"),
                                        c.field(writes ? "decoder_ffn_dim" : "encoder_ffn_dim", 4096), true);
  }
  return s;
}

struct Bart {
  static constexpr std::string_view model_type = "bart", prefix = "model.";
  static constexpr auto& encoder_names = bart_encoder_names;
  static constexpr auto& names = bart_decoder_names;
  static constexpr HeadStyle heads = seq2seq_heads;

  template <class C>
  static constexpr ModelSpec spec(const C& c) {
    ModelSpec s = read_bart_like(c, 50265);
    s.position_table = PositionTable::learned;
    s.position_offset = 2;
    s.embedding_norm = true;
    s.decoder_input = DecoderInput::after_start;
    return s;
  }
};

}  // namespace families

}  // namespace skald
