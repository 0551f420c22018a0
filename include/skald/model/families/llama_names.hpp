// What the tensors of llama and its descendants are called. A role that a spec does not have is never looked up, so one
// table serves all of them.
#pragma once
#include "skald/model/family.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

inline constexpr TensorName llama_names[] = {
    {Role::token_embedding, "embed_tokens"},
    {Role::attention_in_norm, "layers.{l}.input_layernorm"},
    {Role::query, "layers.{l}.self_attn.q_proj"},
    {Role::key, "layers.{l}.self_attn.k_proj"},
    {Role::value, "layers.{l}.self_attn.v_proj"},
    {Role::query_norm, "layers.{l}.self_attn.q_norm"},
    {Role::key_norm, "layers.{l}.self_attn.k_norm"},
    {Role::query_norm, "layers.{l}.self_attn.q_layernorm.norms.{e}", Part::each_head},
    {Role::key_norm, "layers.{l}.self_attn.k_layernorm.norms.{e}", Part::each_head},
    {Role::attention_output, "layers.{l}.self_attn.o_proj"},
    {Role::feed_forward_in_norm, "layers.{l}.post_attention_layernorm"},
    {Role::gate, "layers.{l}.mlp.gate_proj"},
    {Role::up, "layers.{l}.mlp.up_proj"},
    {Role::down, "layers.{l}.mlp.down_proj"},
    {Role::router, "layers.{l}.mlp.gate"},
    {Role::expert_gate, "layers.{l}.mlp.experts.{e}.gate_proj"},
    {Role::expert_up, "layers.{l}.mlp.experts.{e}.up_proj"},
    {Role::expert_down, "layers.{l}.mlp.experts.{e}.down_proj"},
    {Role::shared_gate, "layers.{l}.mlp.shared_expert.gate_proj"},
    {Role::shared_up, "layers.{l}.mlp.shared_expert.up_proj"},
    {Role::shared_down, "layers.{l}.mlp.shared_expert.down_proj"},
    {Role::shared_router, "layers.{l}.mlp.shared_expert_gate"},
    {Role::final_norm, "norm"},
    {Role::head, "lm_head"},
    {Role::classifier, "score"},
    {Role::token_classifier, "score"},
};

/// Where post_attention_layernorm is what it says: gemma2, gemma3, olmo2.
inline constexpr TensorName both_norms_names[] = {
    {Role::token_embedding, "embed_tokens"},
    {Role::attention_in_norm, "layers.{l}.input_layernorm"},
    {Role::query, "layers.{l}.self_attn.q_proj"},
    {Role::key, "layers.{l}.self_attn.k_proj"},
    {Role::value, "layers.{l}.self_attn.v_proj"},
    {Role::query_norm, "layers.{l}.self_attn.q_norm"},
    {Role::key_norm, "layers.{l}.self_attn.k_norm"},
    {Role::attention_output, "layers.{l}.self_attn.o_proj"},
    {Role::attention_out_norm, "layers.{l}.post_attention_layernorm"},
    {Role::feed_forward_in_norm, "layers.{l}.pre_feedforward_layernorm"},
    {Role::gate, "layers.{l}.mlp.gate_proj"},
    {Role::up, "layers.{l}.mlp.up_proj"},
    {Role::down, "layers.{l}.mlp.down_proj"},
    {Role::feed_forward_out_norm, "layers.{l}.post_feedforward_layernorm"},
    {Role::final_norm, "norm"},
    {Role::head, "lm_head"},
    {Role::classifier, "score"},
    {Role::token_classifier, "score"},
};

}  // namespace families

}  // namespace skald
