// Where a checkpoint keeps a role: its family's names, with and without the prefix, new and old spellings.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "skald/io/checkpoint.hpp"
#include "skald/model/family.hpp"

namespace skald::inline SKALD_ABI {

/// "layers.{l}.mlp.experts.{e}" with its numbers; without one, {e} is the first. Where `inner` layers are a group, {l}
/// is the group and {i} the place in it.
inline std::string expand_name(std::string_view pattern, int layer, int expert, int inner = 1) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern.compare(i, 3, "{l}") == 0) out += std::to_string(layer / inner), i += 2;
    else if (pattern.compare(i, 3, "{i}") == 0) out += std::to_string(layer % inner), i += 2;
    else if (pattern.compare(i, 3, "{e}") == 0) out += std::to_string(expert < 0 ? 0 : expert), i += 2;
    else out += pattern[i];
  }
  return out;
}

/// A checkpoint seen through the table of its family, which must live as long.
struct TensorLookup {
  struct Found {
    std::string name;
    const TensorName* line;
    /// "model.layers.0.mlp.up_proj" of "model.layers.0.mlp.up_proj.weight".
    std::string_view module() const { return std::string_view(name).substr(0, name.rfind('.')); }
  };

  Checkpoint checkpoint;
  std::span<const TensorName> names;
  std::string_view prefix;
  bool tied = false;
  int inner = 1;  ///< StackSpec::inner_layers

  /// `suffix` is ".weight" or ".bias". A tied model's file holds the head or the table, either one.
  std::optional<Found> find(Role role, int layer, int expert, std::string_view suffix) const {
    std::optional<Found> found = find_only(role, layer, expert, suffix);
    if (found || !tied || suffix != ".weight") return found;
    if (role == Role::head) return find_only(Role::token_embedding, layer, -1, suffix);
    if (role == Role::token_embedding) return find_only(Role::head, layer, -1, suffix);
    return found;
  }

  /// What a message says of a role that is not there: its name with the first spelling; empty where there is none.
  std::string expected_name(Role role, int layer, int expert, std::string_view suffix) const {
    for (const TensorName& line : names)
      if (line.role == role) {
        const bool head = role >= Role::head && role <= Role::question_classifier && role != Role::pooler;
        return std::string(head ? std::string_view() : prefix).append(expand_name(line.name, layer, expert, inner))
            .append(suffix);
      }
    return {};
  }

 private:
  std::optional<Found> find_only(Role role, int layer, int expert, std::string_view suffix) const {
    for (const TensorName& line : names) {
      const bool alone = line.part == Part::bias_alone;
      if (line.role != role || (alone && suffix != ".bias")) continue;
      const std::string stem = expand_name(line.name, layer, expert, inner);
      for (std::string_view before : {prefix, std::string_view()})
        for (std::string_view end : {alone ? std::string_view() : suffix, old_suffix(stem, suffix)}) {
          std::string full(before);
          full.append(stem).append(end);
          if (checkpoint.find(full)) return Found{std::move(full), &line};
        }
    }
    return std::nullopt;
  }

  /// Old checkpoints say LayerNorm.gamma and LayerNorm.beta.
  static std::string_view old_suffix(std::string_view stem, std::string_view suffix) {
    if (!stem.ends_with("LayerNorm")) return suffix;
    return suffix == ".weight" ? ".gamma" : ".beta";
  }
};

/// What a loaded model knows of where it came from, for writing it back.
struct ModelOrigin {
  TensorLookup tensors;
  BitsAndBytesConfig quantization;  ///< as asked for, or as the checkpoint says; the defaults otherwise
  std::string dense{};              ///< what dense weights became: "fp32", "fp16", "bf16", or empty: as stored
};

}  // namespace skald
