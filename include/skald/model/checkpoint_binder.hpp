// Visits a model's weights with a checkpoint in hand: finds each tensor by its family's names and binds it.
#pragma once
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/layers/linear.hpp"
#include "skald/model/tensor_binding.hpp"
#include "skald/model/tensor_lookup.hpp"
#include "skald/precision/four_bit.hpp"

namespace skald::inline SKALD_ABI {

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
  PrecisionRequest precision;
  std::vector<std::string> skip = {};  ///< modules a quantised request leaves as they are
  bool linears_only = false;           ///< transformers' rule: embeddings are never quantised
  bool keep_head = false;              ///< transformers' rule without a list: neither is the head
  bool avx512_scales = false;          ///< LoadOptions::bitsandbytes_avx512_scales
  float llm_int8_threshold = -1;       ///< negative: activations stay float
  ComputeType bf16_compute = ComputeType::fp32, four_bit_compute = ComputeType::fp32;

  /// The output layer, whatever the head is for.
  static bool is_last(Role role) {
    return role == Role::head || role == Role::classifier || role == Role::token_classifier ||
           role == Role::question_classifier;
  }

  /// Whether a quantised request reaches a module.
  bool reaches(Role role, std::string_view module) const {
    const bool table =
        role == Role::token_embedding || role == Role::position_embedding || role == Role::type_embedding;
    return !(linears_only && table) && !(keep_head && is_last(role)) && !is_skipped(module, skip);
  }
};

/// The visitor of ModelWeights that loads.
template <class B>
class CheckpointBinder {
 public:
  /// The names, the request and the backend must live as long.
  CheckpointBinder(const TensorLookup& tensors, const BindingRequest& request, const B& backend,
                   HeapStorage<B>& storage)
      : tensors_(tensors), request_(request), upload_(backend, storage) {}

  void layer(int l) { layer_ = l; }

  template <class Set>
  void matrix(Role role, int expert, index_t rows, index_t cols, Weight<Set>& slot) {
    const auto found = tensors_.find(role, layer_, expert, ".weight");
    if (!found) return missing(role, expert, ".weight");
    const PartRows part = rows_of(*found->line, rows);
    const Checkpoint& checkpoint = tensors_.checkpoint;
    Result<StoredWeight> stored = checkpoint.weight(found->name, part.total, cols, found->line->transposed);
    if (!stored) return faults_.add(stored.error());
    if (request_.avx512_scales && stored->form == StoredForm::four_bit)
      stored->blocks_per_row = avx512_blocks_per_row(cols, stored->block);
    stored->llm_int8_threshold = request_.llm_int8_threshold;
    stored->bf16_compute = request_.bf16_compute;
    stored->four_bit_compute = request_.four_bit_compute;
    const bool reached = request_.reaches(role, found->module());
    const std::size_t buffers = upload_.storage().buffers.size();
    Result<void> bound =
        bind_weight<B>(*stored, part.map, rows, cols, request_.precision, reached, slot, upload_);
    if (!bound) faults_.add(std::move(bound).error().in(found->name));
    // Where bytes were made of it, the file's own are not needed any more.
    if (upload_.storage().buffers.size() > buffers) checkpoint.give_back(found->name);
    done();
  }

  void vector(Role role, int expert, VectorPart which, index_t n, const float*& slot) {
    const std::string_view suffix = which == VectorPart::weight ? ".weight" : ".bias";
    const auto found = tensors_.find(role, layer_, expert, suffix);
    if (!found) return missing(role, expert, suffix);
    const PartRows part = rows_of(*found->line, n);
    Result<StoredTensor> stored = tensors_.checkpoint.vector(found->name, part.total);
    if (!stored) return faults_.add(stored.error());
    const std::byte* data = stored->bytes.data();
    const bool aligned = reinterpret_cast<std::uintptr_t>(data) % alignof(float) == 0;
    const bool one = found->line->part != Part::each_head;
    if (is_host<typename B::Space> && stored->type == StoredType::f32 && aligned && part.map.contiguous() && one) {
      slot = reinterpret_cast<const float*>(data) + part.map.first;
    } else {
      auto values = std::make_unique<float[]>(std::size_t(n));
      const index_t each = one ? n : part.total;
      for (index_t at = 0; at < n; at += each)
        if (!widen(role, one ? expert : int(at / each), suffix, part, each, &values[std::size_t(at)])) return;
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

  /// A table that no file holds: float32, or what the request makes of that.                    // [rows, cols]
  template <class Set>
  void made(std::unique_ptr<float[]> values, index_t rows, index_t cols, Weight<Set>& slot) {
    StoredWeight s;
    s.type = StoredType::f32;
    s.data = reinterpret_cast<const std::byte*>(values.get());
    s.rows = rows;
    s.cols = cols;
    upload_.storage().vectors.push_back(std::move(values));
    Result<void> bound = bind_weight<B>(s, {}, rows, cols, request_.precision, false, slot, upload_);
    if (!bound) faults_.add(std::move(bound).error().in("sinusoids"));
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

  std::optional<Error> faults() const {
    if (faults_.message().empty()) return std::nullopt;
    return faults_;
  }

 private:
  struct Counter {
    std::size_t n = 0;
    void layer(int) {}
    template <class Slot> void matrix(Role, int, index_t, index_t, Slot&) { ++n; }
    void vector(Role, int, VectorPart, index_t, const float*&) { ++n; }
  };

  PartRows rows_of(const TensorName& line, index_t rows) const {
    return part_rows(line.part, spec_->stack()[layer_ < 0 ? 0 : layer_].attention, rows);
  }

  /// n numbers of one stored vector as floats; false: recorded.
  bool widen(Role role, int expert, std::string_view suffix, const PartRows& part, index_t n, float* to) {
    const auto found = tensors_.find(role, layer_, expert, suffix);
    if (!found) return missing(role, expert, suffix), false;
    Result<StoredTensor> stored = tensors_.checkpoint.vector(found->name, part.total);
    if (!stored) return faults_.add(stored.error()), false;
    StoredWeight s;
    s.type = stored->type;
    s.data = stored->bytes.data();
    s.rows = part.total;
    s.cols = 1;
    const bool known = detail::with_stored(s, part.map, [&](auto p, const auto& parts) {
      for (index_t i = 0; i < n; ++i) decltype(p)::type::decode(parts, 1, i, 0, to + i, 1);
    });
    if (known) tensors_.checkpoint.files()->give_back(*stored);
    else faults_.add({FaultCode::mismatch, std::string(found->name).append(": expected F32, F16 or BF16, found ")
                                               .append(name(stored->type))});
    return known;
  }

  void missing(Role role, int expert, std::string_view suffix) {
    const std::string expected = tensors_.expected_name(role, layer_, expert, suffix);
    if (!expected.empty())
      return faults_.add({FaultCode::not_found, std::string(expected).append(": missing from the checkpoint")});
    faults_.add({FaultCode::not_found, "the family names no tensor for role " + std::to_string(int(role))});
  }

  void done() {
    if (progress_) progress_(user_, ++done_, total_);
  }

  const TensorLookup& tensors_;
  const BindingRequest& request_;
  WeightUpload<B> upload_;
  const ModelSpec* spec_ = nullptr;
  int layer_ = -1;
  Error faults_;
  void (*progress_)(void*, std::size_t, std::size_t) = nullptr;
  void* user_ = nullptr;
  std::size_t done_ = 0, total_ = 0;
};

}  // namespace skald
