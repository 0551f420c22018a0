// What a model family is: a name, a spec read from a config, and what its tensors are called. No mathematics.
#pragma once
#include <array>
#include <concepts>
#include <span>
#include <string_view>

#include "skald/core/type_list.hpp"
#include "skald/precision/stored.hpp"
#include "skald/spec/model_spec.hpp"
#include "skald/spec/roles.hpp"

namespace skald::inline SKALD_ABI {

/// Which rows of a stored tensor a role takes.
enum class Part : std::uint8_t {
  whole,
  query_block, key_block, value_block,  ///< [q | k | v] one after the other: gpt2, phi3
  query_group, key_group, value_group,  ///< for every key head [its queries | k | v]: gpt_neox, bloom, falcon
  first_half, second_half,              ///< [gate | up]: phi3
  each_head,                            ///< a vector in one tensor a head, {e}: stablelm's norms of q and k
  bias_alone,                           ///< a bias that stands under this very name: bart's final_logits_bias
};

/// One line of a family's table. In `name`, {l} stands for the layer, or the group of layers, in which {i} is the place
/// (albert), and {e} for the expert or, of Part::each_head, the head; ".weight" and ".bias" follow. Several lines for
/// one role are tried in order (old and new spellings).
struct TensorName {
  Role role{};
  std::string_view name{};
  Part part = Part::whole;
  bool transposed = false;  ///< Conv1D: stored [in, out]
};

/// Two tables as one.
template <std::size_t N, std::size_t M>
constexpr std::array<TensorName, N + M> joined(const TensorName (&a)[N], const TensorName (&b)[M]) {
  std::array<TensorName, N + M> all{};
  for (std::size_t i = 0; i < N; ++i) all[i] = a[i];
  for (std::size_t i = 0; i < M; ++i) all[N + i] = b[i];
  return all;
}

/// Rows of the stored tensor a part belongs to, and which of them it takes.
struct PartRows {
  index_t total;
  RowMap map;
};
constexpr PartRows part_rows(Part part, const AttentionSpec& a, index_t rows) {
  const index_t d = a.head_dim, q = a.q_width(), kv = a.kv_width(), all = q + 2 * kv;
  const index_t per_group = a.kv_heads ? a.heads / a.kv_heads * d : 0, stride = per_group + 2 * d;
  switch (part) {
    case Part::whole:
    case Part::bias_alone: return {rows, {}};
    case Part::query_block: return {all, {0, 0, 0}};
    case Part::key_block: return {all, {q, 0, 0}};
    case Part::value_block: return {all, {q + kv, 0, 0}};
    case Part::query_group: return {all, {0, per_group, stride}};
    case Part::key_group: return {all, {per_group, d, stride}};
    case Part::value_group: return {all, {per_group + d, d, stride}};
    case Part::first_half: return {2 * rows, {}};
    case Part::second_half: return {2 * rows, {rows, 0, 0}};
    case Part::each_head: return {d, {}};
  }
  return {rows, {}};
}

/// How a family builds its heads, `F::heads`; decoders: as it stands here.
struct HeadStyle {
  Pooling pooling = Pooling::last;           ///< of a head for sequence classes
  bool transform = false, bias = false;      ///< its dense layer before the last, the bias of that last one
  Activation activation = Activation::tanh;  ///< of the dense layer
  bool gelu_for_words = false;               ///< masked words: gelu, whatever the feed-forwards have
};

/// | expression        | result                | meaning                                                          |
/// |-------------------|-----------------------|------------------------------------------------------------------|
/// | F::model_type     | string_view           | as in config.json                                                |
/// | F::prefix         | string_view           | in front of names in a checkpoint of the whole model, or absent  |
/// | F::names          | array of TensorName   |                                                                  |
/// | F::spec(config)   | ModelSpec             | from what answers field, has, is_null, child, size, at, reject   |
/// | F::heads          | HeadStyle             | may be left out                                                  |
/// | F::encoder_names  | array of TensorName   | of encoder-decoders, whose `names` are their decoder's           |
/// | F::prefix_of_classes | string_view        | in place of prefix under a head for classes, may be left out    |
/// | F::dense_module   | string_view           | of encoder-decoders, may be left out: quantization_config skips it |
/// See docs/families.md.
template <class F, class Config>
concept Family = requires(const Config& c) {
  { F::model_type } -> std::convertible_to<std::string_view>;
  { F::prefix } -> std::convertible_to<std::string_view>;
  { std::span<const TensorName>(F::names) };
  { F::spec(c) } -> std::same_as<ModelSpec>;
};

}  // namespace skald
