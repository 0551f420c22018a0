// Visits a model's weights with a checkpoint in hand: finds each tensor by its family's names and binds it.
#pragma once
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/io/checkpoint.hpp"
#include "skald/layers/linear.hpp"
#include "skald/model/family.hpp"
#include "skald/model/tensor_binding.hpp"
#include "skald/precision/four_bit.hpp"

namespace skald::inline SKALD_ABI {

/// "layers.{l}.mlp.experts.{e}" with its numbers.
inline std::string expand_name(std::string_view pattern, int layer, int expert) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern.compare(i, 3, "{l}") == 0) out += std::to_string(layer), i += 2;
    else if (pattern.compare(i, 3, "{e}") == 0) out += std::to_string(expert), i += 2;
    else out += pattern[i];
  }
  return out;
}

/// transformers' rule: a module is left alone if its last component or its whole name is listed, or if an entry
/// followed by "." occurs anywhere in its name.
inline bool is_skipped(std::string_view module, const std::vector<std::string>& skip) {
  const std::string_view last = module.substr(module.rfind('.') + 1);
  for (const std::string& entry : skip)
    if (last == entry || module == entry || module.find(entry + ".") != std::string_view::npos) return true;
  return false;
}

/// What a caller may ask of loading.
struct BindingRequest {
  std::string_view precision;           ///< empty: as stored
  const std::vector<std::string>& skip; ///< modules a quantised request leaves as they are
  bool avx512_scales;                   ///< LoadOptions::bitsandbytes_avx512_scales
  float llm_int8_threshold;             ///< negative: activations stay float
};

/// The visitor of ModelWeights that loads.
template <class B>
class CheckpointBinder {
 public:
  CheckpointBinder(const Checkpoint& checkpoint, std::span<const TensorName> names, std::string_view prefix,
                   const BindingRequest& request, const B& backend, HeapStorage<B>& storage)
      : checkpoint_(checkpoint), names_(names), prefix_(prefix), request_(request), upload_(backend, storage) {}

  void layer(int l) { layer_ = l; }

  template <class Set>
  void matrix(Role role, int expert, index_t rows, index_t cols, Weight<Set>& slot) {
    std::optional<Found> found = find(role, expert, ".weight");
    // A tied model's file holds one of the two, either one.
    if (!found && spec_->tied && (role == Role::head || role == Role::token_embedding))
      found = find(role == Role::head ? Role::token_embedding : Role::head, -1, ".weight");
    if (!found) return missing(role, expert, ".weight");
    const PartRows part = rows_of(*found->line, rows);
    Result<StoredWeight> stored = checkpoint_.weight(found->name, part.total, cols, found->line->transposed);
    if (!stored) return faults_.add(stored.error());
    if (request_.avx512_scales && stored->form == StoredForm::four_bit)
      stored->blocks_per_row = avx512_blocks_per_row(cols, stored->block);
    stored->llm_int8_threshold = request_.llm_int8_threshold;
    const std::string_view module = std::string_view(found->name).substr(0, found->name.size() - 7);
    Result<void> bound = bind_weight<B>(*stored, part.map, rows, cols, request_.precision,
                                        !is_skipped(module, request_.skip), slot, upload_);
    if (!bound) faults_.add(std::move(bound).error().in(found->name));
    done();
  }

  void vector(Role role, int expert, VectorPart which, index_t n, const float*& slot) {
    const std::string_view suffix = which == VectorPart::weight ? ".weight" : ".bias";
    const std::optional<Found> found = find(role, expert, suffix);
    if (!found) return missing(role, expert, suffix);
    const PartRows part = rows_of(*found->line, n);
    Result<StoredTensor> stored = checkpoint_.vector(found->name, part.total);
    if (!stored) return faults_.add(stored.error());
    const std::byte* data = stored->bytes.data();
    const bool aligned = reinterpret_cast<std::uintptr_t>(data) % alignof(float) == 0;
    if (is_host<typename B::Space> && stored->type == StoredType::f32 && aligned && part.map.contiguous()) {
      slot = reinterpret_cast<const float*>(data) + part.map.first;
    } else {
      StoredWeight s;
      s.type = stored->type;
      s.data = data;
      s.rows = part.total;
      s.cols = 1;
      auto values = std::make_unique<float[]>(std::size_t(n));
      if (!detail::with_stored(s, part.map, [&](auto p, const auto& parts) {
            for (index_t i = 0; i < n; ++i) decltype(p)::type::decode(parts, 1, i, 0, &values[std::size_t(i)], 1);
          }))
        return faults_.add({FaultCode::mismatch, std::string(found->name).append(": expected F32, F16 or BF16, found ")
                                                     .append(name(stored->type))});
      if constexpr (is_host<typename B::Space>) {
        slot = values.get();
        upload_.storage().vectors.push_back(std::move(values));
      } else {
        const std::byte* address = nullptr;
        if (Fault f = upload_.copy(std::as_bytes(std::span(values.get(), std::size_t(n))), address))
          return faults_.add(Error(f, found->name));
        slot = reinterpret_cast<const float*>(address);
      }
    }
    done();
  }

  /// Counts the slots, so that progress has an end.
  template <class Visit>
  void start(const ModelSpec& spec, Visit&& visit, void (*progress)(void*, std::size_t, std::size_t), void* user) {
    spec_ = &spec;
    progress_ = progress;
    user_ = user;
    Counter counter;
    visit(counter);
    total_ = counter.n;
  }

  /// A tied model's file may still hold a head of its own: one that differs wins (transformers 5).
  bool head_differs(const ModelSpec& spec) {
    spec_ = &spec;
    const auto head = find(Role::head, -1, ".weight"), table = find(Role::token_embedding, -1, ".weight");
    if (!head || !table || head->name == table->name) return false;
    const StoredTensor *a = checkpoint_.find(head->name), *b = checkpoint_.find(table->name);
    return a->type != b->type || a->bytes.size() != b->bytes.size() ||
           std::memcmp(a->bytes.data(), b->bytes.data(), a->bytes.size()) != 0;
  }

  std::optional<Error> faults() const {
    if (faults_.message().empty()) return std::nullopt;
    return faults_;
  }

 private:
  struct Found {
    std::string name;
    const TensorName* line;
  };
  struct Counter {
    std::size_t n = 0;
    void layer(int) {}
    template <class Slot> void matrix(Role, int, index_t, index_t, Slot&) { ++n; }
    void vector(Role, int, VectorPart, index_t, const float*&) { ++n; }
  };

  std::optional<Found> find(Role role, int expert, std::string_view suffix) const {
    for (const TensorName& line : names_) {
      if (line.role != role) continue;
      const std::string stem = expand_name(line.name, layer_, expert);
      for (std::string_view prefix : {prefix_, std::string_view()})
        for (std::string_view end : {suffix, old_suffix(stem, suffix)}) {
          std::string full(prefix);
          full.append(stem).append(end);
          if (checkpoint_.find(full)) return Found{std::move(full), &line};
        }
    }
    return std::nullopt;
  }

  /// Old checkpoints say LayerNorm.gamma and LayerNorm.beta.
  static std::string_view old_suffix(std::string_view stem, std::string_view suffix) {
    if (!stem.ends_with("LayerNorm")) return suffix;
    return suffix == ".weight" ? ".gamma" : ".beta";
  }

  PartRows rows_of(const TensorName& line, index_t rows) const {
    return part_rows(line.part, spec_->stack()[layer_ < 0 ? 0 : layer_].attention, rows);
  }

  void missing(Role role, int expert, std::string_view suffix) {
    for (const TensorName& line : names_)
      if (line.role == role)
        return faults_.add({FaultCode::not_found, std::string(prefix_)
                                                      .append(expand_name(line.name, layer_, expert))
                                                      .append(suffix)
                                                      .append(": missing from the checkpoint")});
    faults_.add({FaultCode::not_found, "the family names no tensor for role " + std::to_string(int(role))});
  }

  void done() {
    if (progress_) progress_(user_, ++done_, total_);
  }

  const Checkpoint& checkpoint_;
  std::span<const TensorName> names_;
  std::string_view prefix_;
  const BindingRequest request_;
  WeightUpload<B> upload_;
  const ModelSpec* spec_ = nullptr;
  int layer_ = -1;
  Error faults_;
  void (*progress_)(void*, std::size_t, std::size_t) = nullptr;
  void* user_ = nullptr;
  std::size_t done_ = 0, total_ = 0;
};

}  // namespace skald
