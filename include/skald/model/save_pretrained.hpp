// A loaded model, in whichever precisions it has, written as a folder that here and transformers' from_pretrained read.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/io/checkpoint_writer.hpp"
#include "skald/model/checkpoint_binder.hpp"
#include "skald/model/transformer.hpp"

namespace skald::inline SKALD_ABI {

struct SaveOptions {
  std::uint64_t max_shard_size = 50'000'000'000;  ///< bytes; transformers 5 says "50GB"
};

namespace detail {

/// Copies bytes of a model that lie on a device to the host; those of the host it leaves alone.
struct ReadBack {
  Fault (*read)(const void* model, std::span<const std::byte> from, std::vector<std::byte>& to) = nullptr;
  const void* model = nullptr;
};

template <class Model>
Fault read_back(const void* of, std::span<const std::byte> from, std::vector<std::byte>& to) {
  const Model& model = *static_cast<const Model*>(of);
  const auto at = reinterpret_cast<std::uintptr_t>(from.data());
  for (const auto& memory : model.storage().buffers) {
    const auto start = reinterpret_cast<std::uintptr_t>(Model::Space::address(memory.data()));
    if (at < start || at + from.size() > start + memory.size()) continue;
    to.resize(from.size());
    auto queue = model.backend().queue();
    queue.read(to.data(), memory.data() + index_t(at - start), index_t(to.size()));
    return queue.wait();
  }
  return {};
}

/// Gathers the tensors of a model under the names and in the shapes that its checkpoint has. What was adopted is copied
/// out of the mapped file; what was converted is written from the model's own memory.
class CheckpointSaver {
 public:
  CheckpointSaver(const ModelOrigin& origin, const ModelSpec& spec, std::filesystem::path directory, ReadBack read_back)
      : origin_(&origin), spec_(&spec), writer_(std::move(directory)), read_back_(read_back) {}

  /// Goes on with the weights of another part of the same checkpoint: names of its own, a spec of its own.
  void of(const ModelOrigin& origin, const ModelSpec& spec) {
    origin_ = &origin;
    spec_ = &spec;
  }

  void layer(int l) { layer_ = l; }

  template <class Set>
  void matrix(Role role, int expert, index_t rows, index_t cols, Weight<Set>& slot) {
    const auto found = find(role, expert, ".weight");
    if (!found) return;
    const AttentionSpec& attention = spec_->stack()[layer_ < 0 ? 0 : layer_].attention;
    const index_t total = part_rows(found->line->part, attention, rows).total;
    slot.visit([&](auto p, const auto& parts) {
      using P = typename decltype(p)::type;
      const bool table =
          role == Role::token_embedding || role == Role::position_embedding || role == Role::type_embedding;
      const Matrix m{*found, total, cols, !table};
      if constexpr (std::is_same_v<P, fp32>) add(m, parts, StoredType::f32);
      else if constexpr (std::is_same_v<P, fp16>) add(m, parts, StoredType::f16);
      else if constexpr (std::is_same_v<P, bf16>) add(m, parts, StoredType::bf16);
      else if constexpr (std::is_same_v<P, int8>) add(m, parts);
      else if constexpr (std::is_same_v<typename P::Parts, FourBitParts>) add(m, parts, P::name);
      else
        faults_.add(FaultCode::unsupported,
                    {found->name, ": expected fp32, fp16, bf16, int8, nf4 or fp4, which checkpoints have, found ",
                     P::name});
    });
  }

  /// As the file has it, or as the dense weights became: transformers computes in one type.
  void vector(Role role, int expert, VectorPart which, index_t n, const float*& slot) {
    const auto found = find(role, expert, which == VectorPart::weight ? ".weight" : ".bias");
    if (!found) return;
    if (found->line->part == Part::each_head && expert < 0)
      for (int h = 1; h < n / spec_->stack()[layer_].attention.head_dim; ++h) vector(role, h, which, n, slot);
    const StoredTensor& stored = *checkpoint().find(found->name);
    const StoredType type = dense_type(&stored);
    if (type == stored.type) return writer_.add(stored);
    StoredWeight s;
    s.type = stored.type;
    s.data = stored.bytes.data();
    s.rows = index_t(stored.bytes.size() * 8 / bits(stored.type));
    s.cols = 1;
    std::string& bytes = texts_.emplace_back(std::size_t(s.rows) * bits(type) / 8, '\0');
    auto* const to = reinterpret_cast<std::byte*>(bytes.data());
    with_stored(s, {}, [&](auto from, const auto& parts) {
      const RowReader read = RowReader::of<typename decltype(from)::type>(parts, 1);
      if (type == StoredType::f16) fp16::encode(read, s.rows, 1, to);
      else if (type == StoredType::bf16) bf16::encode(read, s.rows, 1, to);
      else fp32::encode(read, s.rows, 1, to);
    });
    put(found->name, type, {stored.shape.begin(), stored.shape.end()}, to);
  }

  Result<void> write(const SaveOptions& options) {
    if (int8_ && (nf4_ || fp4_))
      faults_.add(FaultCode::unsupported, {"save_pretrained: int8 and 4-bit weights in one model: transformers has no "
                                           "config that says so"});
    if (nf4_ && fp4_)
      faults_.add(FaultCode::unsupported, {"save_pretrained: nf4 and fp4 weights in one model: transformers has no "
                                           "config that says so"});
    if (const auto error = faults_.error()) return *error;
    writer_.add_file("config.json", config());
    const std::filesystem::path generation = checkpoint().directory() / "generation_config.json";
    if (checkpoint().generation_config()) {
      Result<std::string> text = read_text_file(generation);
      if (!text) return std::move(text).error();
      writer_.add_file("generation_config.json", *std::move(text));
    }
    Result<void> written = writer_.write(options.max_shard_size, {&bytes_of, this});
    if (failed_) return Error(failed_);
    return written;
  }

 private:
  struct Matrix {
    const TensorLookup::Found& found;
    index_t rows, cols;  // of the whole stored tensor, [out, in]
    bool linear;
  };
  struct Transposed {
    const std::byte* data;
    index_t rows, cols, size;
  };

  const Checkpoint& checkpoint() const { return origin_->tensors.checkpoint; }

  /// No value: the role's tensor was met before (a fused tensor, a tied head).
  std::optional<TensorLookup::Found> find(Role role, int expert, std::string_view suffix) {
    auto found = origin_->tensors.find(role, layer_, expert, suffix);
    if (!found) {
      faults_.add(FaultCode::not_found, {origin_->tensors.expected_name(role, layer_, expert, suffix),
                                         ": not found in the checkpoint that the model came from"});
      return found;
    }
    const auto at = std::lower_bound(seen_.begin(), seen_.end(), found->name);
    if (at != seen_.end() && *at == found->name) return std::nullopt;
    seen_.insert(at, found->name);
    return found;
  }

  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  void put(std::string name, StoredType type, std::vector<std::int64_t> shape, const std::byte* data) {
    std::size_t n = bits(type) / 8;
    for (const std::int64_t size : shape) n *= std::size_t(size);
    writer_.add({keep(std::move(name)), type, shapes_.emplace_back(std::move(shape)), {data, n}});
  }

  /// A weight that is as it was stored was never converted: the file's own tensors are taken, and what belongs to them.
  bool taken_from_file(const Matrix& m, bool as_stored) {
    if (as_stored)
      for (const StoredTensor* part : checkpoint().parts_of(m.found.name)) writer_.add(*part);
    return as_stored;
  }
  StoredType stored_type(const Matrix& m) const { return checkpoint().find(m.found.name)->type; }

  void add(const Matrix& m, const DenseParts& parts, StoredType type) {
    if (m.linear) dense_.emplace_back(m.found.module());
    if (taken_from_file(m, stored_type(m) == type)) return;
    const bool transposed = m.found.line->transposed;
    put(m.found.name, type, transposed ? std::vector{m.cols, m.rows} : std::vector{m.rows, m.cols}, parts.data);
    if (transposed) transposed_.push_back({parts.data, m.rows, m.cols, index_t(bits(type) / 8)});
  }

  void add(const Matrix& m, const Int8Parts& parts) {
    int8_ = true;
    if (taken_from_file(m, stored_type(m) == StoredType::i8)) return;
    const std::string module(m.found.module());
    put(m.found.name, StoredType::i8, {m.rows, m.cols}, parts.codes);
    put(module + ".SCB", StoredType::f32, {m.rows}, parts.row_absmax);
    static constexpr std::byte row{0};
    put(module + ".weight_format", StoredType::u8, {}, &row);
  }

  void add(const Matrix& m, const FourBitParts& parts, std::string_view kind) {
    (kind == nf4::name ? nf4_ : fp4_) = true;
    nested_ = nested_ || parts.nested_absmax;
    if (taken_from_file(m, checkpoint().find(m.found.name + ".absmax"))) return;
    const index_t n = m.rows * m.cols, blocks = (n + parts.block - 1) / parts.block;
    const std::string& name = m.found.name;
    put(name, StoredType::u8, {(n + 1) / 2, 1}, parts.codes);
    put(name + ".absmax", parts.nested_absmax ? StoredType::u8 : StoredType::f32, {blocks}, parts.absmax);
    put(name + ".quant_map", StoredType::f32, {16}, parts.book);
    // As json.dumps spells it.
    const std::string_view dtype = torch_name(dense_type(checkpoint().find(name)));
    std::string state = sentence({"{\"quant_type\": \"", kind, "\", \"blocksize\": ", std::to_string(parts.block),
                                  ", \"dtype\": \"", dtype, "\", \"shape\": [",
                                  std::to_string(m.rows), ", ", std::to_string(m.cols), "]"});
    if (parts.nested_absmax) {
      put(name + ".nested_absmax", StoredType::f32, {(blocks + parts.nested_block - 1) / parts.nested_block},
          parts.nested_absmax);
      put(name + ".nested_quant_map", StoredType::f32, {256}, parts.nested_book);
      state.append(sentence({", \"nested_blocksize\": ", std::to_string(parts.nested_block),
                             ", \"nested_dtype\": \"float32\", \"nested_offset\": ",
                             json_number(double(parts.nested_offset))}));
    }
    const std::string_view text = keep(state.append("}"));
    put(sentence({name, ".quant_state.bitsandbytes__", kind}), StoredType::u8, {std::int64_t(text.size())},
        reinterpret_cast<const std::byte*>(text.data()));
  }

  /// What dense weights became; else what the file holds.
  StoredType dense_type(const StoredTensor* stored) const {
    if (origin_->dense == fp16::name) return StoredType::f16;
    if (origin_->dense == bf16::name) return StoredType::bf16;
    return origin_->dense == fp32::name || !stored ? StoredType::f32 : stored->type;
  }

  /// From where they lie, Conv1D's as [in, out] again, one tensor at a time; pages of the source file are given back.
  static std::span<const std::byte> bytes_of(void* user, const StoredTensor& t) {
    auto& self = *static_cast<CheckpointSaver*>(user);
    self.give_back_last();
    self.on_host_.clear();
    if (self.read_back_.read && !self.failed_)
      self.failed_ = self.read_back_.read(self.read_back_.model, t.bytes, self.on_host_);
    if (self.failed_) return {};
    const std::byte* const from = self.on_host_.empty() ? t.bytes.data() : self.on_host_.data();
    for (const Transposed& m : self.transposed_) {
      if (m.data != t.bytes.data()) continue;
      self.buffer_.resize(t.bytes.size());
      for (index_t r = 0; r < m.rows; ++r)
        for (index_t c = 0; c < m.cols; ++c)
          std::memcpy(&self.buffer_[std::size_t((c * m.rows + r) * m.size)], from + (r * m.cols + c) * m.size,
                      std::size_t(m.size));
      return self.buffer_;
    }
    self.last_ = t;
    return {from, t.bytes.size()};
  }
  void give_back_last() {
    if (!last_.bytes.empty()) checkpoint().files()->give_back(last_);
    last_ = {};
  }

  std::string config() const {
    const Json old = checkpoint().config();
    std::vector<std::pair<std::string, std::string>> members;
    const bool quantised = int8_ || nf4_ || fp4_;
    for (std::size_t i = 0; i < old.size(); ++i) {
      const std::string_view key = old.key(i);
      const bool dtype = key == "dtype" || key == "torch_dtype";
      const bool replaced = key == "quantization_config" || (dtype && !origin_->dense.empty());
      if (!replaced) members.emplace_back(key, json_dumped(old[i], 1));
    }
    if (quantised) members.emplace_back("quantization_config", quantization());
    if (!origin_->dense.empty())
      members.emplace_back(old.find("torch_dtype") && !old.find("dtype") ? "torch_dtype" : "dtype",
                           json_quoted(torch_name(dense_type(nullptr))));
    std::sort(members.begin(), members.end());
    std::string text = "{";
    for (const auto& [key, value] : members) {
      text.append(text.size() > 1 ? ",\n  " : "\n  ").append(json_quoted(key)).append(": ").append(value);
    }
    return text.append("\n}\n");
  }

  /// As transformers writes it. Linears that stayed dense are listed, unless it is the head, which it skips by itself.
  /// Of a model without a head versions 4 and 5 skip different modules, so its list is always there.
  std::string quantization() const {
    const auto flag = [](bool b) { return std::string_view(b ? "true" : "false"); };
    const BitsAndBytesConfig& q = origin_->quantization;
    const auto head = origin_->tensors.find(Role::head, -1, -1, ".weight");
    const std::string head_name(head ? head->module() : std::string_view());
    const bool given = q.llm_int8_skip_modules.has_value();
    std::vector<std::string> list = q.llm_int8_skip_modules.value_or(std::vector<std::string>{});
    bool only_head = !given && spec_->head == HeadKind::language;
    for (const std::string& module : dense_) {
      if (is_skipped(module, list)) continue;
      list.push_back(module);
      only_head = only_head && module == head_name;
    }
    std::string skipped = only_head ? "null" : list.empty() ? "[]" : "[";
    for (std::size_t i = 0; !only_head && i < list.size(); ++i)
      skipped.append(i ? ",\n      " : "\n      ").append(json_quoted(list[i]));
    if (!only_head && !list.empty()) skipped.append("\n    ]");
    const bool four = nf4_ || fp4_;
    return sentence({"{\n    \"_load_in_4bit\": ", flag(four), ",\n    \"_load_in_8bit\": ", flag(int8_),
                     ",\n    \"bnb_4bit_compute_dtype\": ", json_quoted(torch_name(q.bnb_4bit_compute_dtype)),
                     ",\n    \"bnb_4bit_quant_storage\": ", json_quoted(torch_name(q.bnb_4bit_quant_storage)),
                     ",\n    \"bnb_4bit_quant_type\": ", nf4_ ? "\"nf4\"" : "\"fp4\"",
                     ",\n    \"bnb_4bit_use_double_quant\": ", flag(nested_),
                     ",\n    \"llm_int8_enable_fp32_cpu_offload\": ", flag(q.llm_int8_enable_fp32_cpu_offload),
                     ",\n    \"llm_int8_has_fp16_weight\": ", flag(q.llm_int8_has_fp16_weight),
                     ",\n    \"llm_int8_skip_modules\": ", skipped,
                     ",\n    \"llm_int8_threshold\": ", json_number(double(q.llm_int8_threshold)),
                     ",\n    \"load_in_4bit\": ", flag(four), ",\n    \"load_in_8bit\": ", flag(int8_),
                     ",\n    \"quant_method\": \"bitsandbytes\"\n  }"});
  }

  const ModelOrigin* origin_;
  const ModelSpec* spec_;
  CheckpointWriter writer_;
  int layer_ = -1;
  std::vector<std::string> seen_;    // names of tensors, sorted
  std::deque<std::string> texts_;    // that StoredTensors point to, as to
  std::deque<std::vector<std::int64_t>> shapes_;
  std::vector<std::string> dense_;   // modules of linears that are not quantised
  std::vector<Transposed> transposed_;
  std::vector<std::byte> buffer_, on_host_;
  StoredTensor last_{};
  ReadBack read_back_;
  Fault failed_;
  bool int8_ = false, nf4_ = false, fp4_ = false, nested_ = false;
  FaultList faults_;
};

}  // namespace detail

/// Writes models: config.json with its quantization_config, generation_config.json, model.safetensors or shards with
/// their index. Tensors keep the names and shapes of the checkpoint that the model came from; norms and biases its
/// bytes, unless another dtype was asked for. Memory: the largest tensor where one is stored transposed (GPT-2) or lies
/// on a device, else a few pages.
/// Errors: unsupported (a model that was not loaded from a checkpoint, a precision that files do not have), io, what
/// the device says.
template <class Model>
struct PretrainedSaver {
  using Options = SaveOptions;

  static Result<void> try_save(const Model& model, std::string_view path, const Options& options = {}) {
    const auto& origin = model.storage().origin;
    if (!origin)
      return Error(FaultCode::unsupported, "save_pretrained: expected a model that from_pretrained loaded: its "
                                           "checkpoint tells the names");
    typename Model::Weights weights = model.weights();
    detail::ReadBack read_back;
    if constexpr (!is_host<typename Model::Space>) read_back = {&detail::read_back<Model>, &model};
    detail::CheckpointSaver saver(*origin, model.spec(), std::string(path), read_back);
    weights.visit(model.spec(), saver);
    return saver.write(options);
  }
  static void save(const Model& model, std::string_view path, const Options& options = {}) {
    unwrap(try_save(model, path, options));
  }
};

}  // namespace skald
