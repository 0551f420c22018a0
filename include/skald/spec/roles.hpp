// What a weight is for. A family names the tensors of its roles; a block lists the roles it needs.
#pragma once
#include <cstdint>

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

enum class Role : std::uint8_t {
  token_embedding, position_embedding, type_embedding, embedding_norm, embedding_projection, head_projection,
  attention_in_norm, attention_out_norm, attention_sum_norm,
  feed_forward_in_norm, feed_forward_out_norm, feed_forward_sum_norm,
  query, key, value, attention_output, query_norm, key_norm,
  gate, up, down,                       // plain feed-forwards use up and down
  router, expert_gate, expert_up, expert_down, shared_gate, shared_up, shared_down, shared_router,
  final_norm, head, head_transform, head_norm, head_bias, pooler,
  classifier, classifier_transform, token_classifier, question_classifier,
  relative_bias,                        // [buckets, heads], of all layers of a stack
  cross_in_norm, cross_out_norm, cross_sum_norm, cross_query, cross_key, cross_value, cross_output,
  user = 128,                           ///< a user's own block counts from here
};

constexpr Role user_role(int i) { return Role(int(Role::user) + i); }

}  // namespace skald
