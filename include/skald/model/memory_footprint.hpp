// What a checkpoint will take, in any precision, before it is loaded: from its headers. Numbers are read only where a
// file holds a head beside the table that it is tied to: whether they are one matrix.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/model/pretrained.hpp"
#include "skald/spec/memory_plan.hpp"

namespace skald::inline SKALD_ABI {

/// Bytes, beside those of the program itself. A weight that is kept as stored lies in the mapped file: its pages come
/// into memory when they are first used, and the system may take them back. bench/loading.cpp measures them all.
struct MemoryFootprint {
  std::uint64_t file = 0;             ///< of the weight files that save_pretrained writes
  std::uint64_t owned = 0;            ///< weights that were converted, norms and biases that are no aligned floats
  std::uint64_t mapped = 0;           ///< weights that stay in the file
  /// Most at once while loading: what was converted so far, and the pages of the file that the next one is read from.
  /// What stays in the file is not touched before it is used.
  std::uint64_t peak = 0;
  std::uint64_t cache_per_token = 0;  ///< keys and values of one position, float32
  /// Of the weights, what a step of one token reads: one row of a table, of experts those that a token picks. Bandwidth
  /// divided by it is the most tokens a second that a sequence of a language model can have.
  std::uint64_t read_per_token = 0;
  /// Of an encoder-decoder: as much again for a token that its encoder reads, as long as some sequence looks at it.
  std::uint64_t cross_per_token = 0;

  std::uint64_t weights() const { return owned + mapped; }
};

/// As in AutoOptions.
struct FootprintOptions {
  std::string dtype = "";  ///< "" as stored, "fp32", "fp16", "bf16", "int8", "nf4", "fp4"
  std::optional<BitsAndBytesConfig> quantization_config{};
  std::vector<std::string> llm_int8_skip_modules{};
};

namespace detail {

/// Visits the weights of a model over AnyPrecision that is not loaded.
class FootprintCounter {
 public:
  FootprintCounter(const TensorLookup& tensors, const ModelSpec& spec, const BindingRequest& request)
      : tensors_(&tensors), spec_(&spec), request_(request) {}

  /// Goes on with another part of the same checkpoint.
  void of(const TensorLookup& tensors, const ModelSpec& spec) {
    tensors_ = &tensors;
    spec_ = &spec;
  }

  void layer(int l) { layer_ = l; }

  void matrix(Role role, int expert, index_t rows, index_t cols, Weight<AnyPrecision>&) {
    const auto found = find(role, expert, ".weight");
    if (!found) return;
    const AttentionSpec& attention = spec_->stack()[layer_ < 0 ? 0 : layer_].attention;
    const index_t total = part_rows(found->line->part, attention, rows).total;
    const Result<StoredWeight> stored = tensors_->checkpoint.weight(found->name, total, cols, found->line->transposed);
    if (!stored) return faults_.add(stored.error());
    const bool dense = stored->form == StoredForm::dense;
    const PrecisionRequest& r = request_.precision;
    const bool reached = is_dense(r.precision) || request_.reaches(role, found->module());
    const std::string_view requested = reached ? r.precision : dense ? r.dense : std::string_view();
    const std::string_view now = precision_of(*stored);
    const std::string_view then = requested.empty() ? now : requested;
    const bool nested_now = stored->nested_absmax != nullptr;
    const bool nested = then == now ? nested_now : r.double_quant;
    const std::uint64_t bytes = bytes_of(then, nested, total, cols);
    const bool table = role == Role::position_embedding || role == Role::type_embedding ||
                       (role == Role::token_embedding && !spec_->tied);
    const bool by_encode = role == Role::cross_key || role == Role::cross_value;
    if (!by_encode) read_ += double(bytes) * (table ? 1 / double(total) : picked(expert));
    if (then == now) {
      footprint.mapped += bytes;
    } else {
      footprint.owned += bytes;
      converted(bytes_of(now, nested_now, total, cols));
    }
    // Beside the numbers a file has a line of its header for each part, and a text for four bits.
    const std::uint64_t line = found->name.size() + 90;
    footprint.file += bytes + line;
    if (then == int8::name) footprint.file += 2 * line + 1;
    else if (!is_dense(then)) footprint.file += (nested ? 5 : 3) * (line + 40);
  }

  void vector(Role role, int expert, VectorPart which, index_t size, const float*& slot) {
    const auto found = find(role, expert, which == VectorPart::weight ? ".weight" : ".bias");
    if (!found) return;
    const bool one = found->line->part != Part::each_head;
    if (!one && expert < 0)
      for (int h = 1; h < size / spec_->stack()[layer_].attention.head_dim; ++h) vector(role, h, which, size, slot);
    const StoredTensor& t = *tensors_->checkpoint.find(found->name);
    const AttentionSpec& attention = spec_->stack()[layer_ < 0 ? 0 : layer_].attention;
    const bool aligned = reinterpret_cast<std::uintptr_t>(t.bytes.data()) % 4 == 0;
    const bool adopted = one && aligned && t.type == StoredType::f32 &&
                         part_rows(found->line->part, attention, size).map.contiguous();
    const std::uint64_t n = t.bytes.size() * 8 / bits(t.type);  // of all parts, where it is fused
    (adopted ? footprint.mapped : footprint.owned) += n * sizeof(float);
    if (!adopted) converted(t.bytes.size());
    read_ += double(n * sizeof(float));
    const PrecisionRequest& r = request_.precision;
    const std::string_view dense = is_dense(r.precision) ? r.precision : r.dense;  // what it is saved as
    const std::uint64_t saved = dense.empty() ? t.bytes.size() : n * (dense == fp32::name ? 4 : 2);
    footprint.file += saved + found->name.size() + 90;
  }

  Result<MemoryFootprint> result() {
    if (const auto error = faults_.error()) return *error;
    if (spec_->cached()) {
      footprint.cache_per_token = cache_bytes_per_token(*spec_);
      footprint.read_per_token = std::uint64_t(read_ + 0.5);
    }
    return footprint;
  }

  MemoryFootprint footprint;

 private:
  /// Of what was read the pages are given back, so the order counts.
  void converted(std::uint64_t read) { footprint.peak = std::max(footprint.peak, footprint.owned + read); }

  /// How often a token reads an expert, on average.
  double picked(int expert) const {
    if (expert < 0 || layer_ < 0) return 1;
    const FeedForwardSpec& f = spec_->stack()[layer_].feed_forward;
    return f.experts > 0 ? double(f.experts_per_token) / f.experts : 1;
  }

  static std::string_view precision_of(const StoredWeight& s) {
    if (s.form == StoredForm::int8_rowwise) return int8::name;
    if (s.form == StoredForm::four_bit) return s.nf4 ? nf4::name : fp4::name;
    return s.type == StoredType::f32 ? fp32::name : s.type == StoredType::f16 ? fp16::name : bf16::name;
  }
  static std::uint64_t bytes_of(std::string_view precision, bool nested, index_t rows, index_t cols) {
    if (precision == int8::name) return int8::bytes(rows, cols);
    if (is_dense(precision)) return (precision == fp32::name ? fp32::bytes(rows, cols) : fp16::bytes(rows, cols));
    return nested ? nf4_double::bytes(rows, cols) : nf4::bytes(rows, cols);
  }
  std::optional<TensorLookup::Found> find(Role role, int expert, std::string_view suffix) {
    auto found = tensors_->find(role, layer_, expert, suffix);
    if (!found) {
      faults_.add(FaultCode::not_found,
                  {tensors_->expected_name(role, layer_, expert, suffix), ": missing from the checkpoint"});
      return found;
    }
    const auto at = std::lower_bound(seen_.begin(), seen_.end(), found->name);
    if (at != seen_.end() && *at == found->name) return std::nullopt;
    seen_.insert(at, found->name);
    return found;
  }

  const TensorLookup* tensors_;
  const ModelSpec* spec_;
  const BindingRequest& request_;
  int layer_ = -1;
  double read_ = 0;
  std::vector<std::string> seen_;  // sorted: fused tensors and tied tables count once
  FaultList faults_;
};

/// The options as loading takes them, checked. `dense`: a module that is not quantised besides; empty: none.
inline Result<BindingRequest> footprint_request(const Checkpoint& checkpoint, const FootprintOptions& options,
                                                std::string_view dense = {}) {
  const bool stored_quantised = checkpoint.quantization().has_value();
  Result<BindingRequest> request = binding_request({}, options.dtype, options.quantization_config,
                                                   options.llm_int8_skip_modules, stored_quantised);
  if (!request) return request;
  if (options.quantization_config && !dense.empty()) request->skip.emplace_back(dense);
  if (Result<void> known = check_dtype(request->precision.precision, Plan<AnyPrecision>{}); !known)
    return std::move(known).error();
  return request;
}

}  // namespace detail

/// What AutoModel would hold of this checkpoint. Errors: those of the options, tensors that are missing.
template <class Families = AllFamilies>
Result<MemoryFootprint> memory_footprint(const Checkpoint& checkpoint, const FootprintOptions& options = {}) {
  Result<detail::FoundFamily> family = detail::find_family<Families>(checkpoint);
  if (!family) return std::move(family).error();
  Result<BindingRequest> request = detail::footprint_request(checkpoint, options);
  if (!request) return std::move(request).error();
  const TensorLookup tensors = detail::look_up(checkpoint, *family);
  ModelWeights<Plan<AnyPrecision>, FromConfig> weights;
  detail::FootprintCounter counter(tensors, family->spec, *request);
  weights.visit(family->spec, counter);
  return counter.result();
}

}  // namespace skald
