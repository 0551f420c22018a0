// A checkpoint: a model directory, or a single safetensors file.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/io/checkpoint_files.hpp"
#include "skald/io/stored_weight.hpp"

namespace skald::inline SKALD_ABI {

/// Cheap to copy; immutable, so any number of threads may read it. Bytes stay in the mapped files until asked for.
class Checkpoint {
 public:
  /// `path` is a directory as save_pretrained writes it (config.json; model.safetensors, or shards and their index), or
  /// a .safetensors file, which has no config. All faults of all files are in one error: not_found, io, malformed,
  /// mismatch, and unsupported with what to do (pickles, GGUF, GPTQ, AWQ, FP8, ...).
  static Result<Checkpoint> try_open(const std::filesystem::path& path);
  template <class Path = std::filesystem::path>
  static Checkpoint open(const Path& path) { return unwrap(try_open(path)); }

  const std::filesystem::path& directory() const { return files_->directory; }

  /// The object in config.json; {} for a single file.
  Json config() const { return files_->config.root(); }

  std::optional<Json> generation_config() const {
    if (!files_->generation_config) return std::nullopt;
    return files_->generation_config->root();
  }

  /// Whether config.json names Python code of its own (`auto_map`), which is never run here: a family that is known
  /// by its model_type may be loaded nevertheless.
  bool asks_for_remote_code() const {
    const auto map = config().find("auto_map");
    return map && !map->is_null();
  }

  /// What config.json says about a pre-quantised checkpoint.
  const std::optional<BitsAndBytesConfig>& quantization() const { return files_->quantization; }

  /// Sorted by name.
  std::span<const StoredTensor> tensors() const { return files_->tensors; }

  /// Null if there is none. O(log n).
  const StoredTensor* find(std::string_view name) const { return files_->find(name); }

  /// The file that holds a tensor, relative to the directory; empty if there is no such tensor.
  std::string_view file_of(std::string_view name) const { return files_->file_of(name); }

  /// The weight `name` and what belongs to it: scales, books, the state of four bits.
  std::vector<const StoredTensor*> parts_of(std::string_view name) const {
    std::vector<const StoredTensor*> parts;
    const std::string module(name.substr(0, name.rfind('.')));
    if (const StoredTensor* const codes = find(name)) parts.push_back(codes);
    for (const char* end : {".weight.absmax", ".weight.nested_absmax", ".weight.nested_quant_map", ".weight.quant_map",
                            ".weight.quant_state.bitsandbytes__nf4", ".weight.quant_state.bitsandbytes__fp4", ".SCB",
                            ".weight_format"})
      if (const StoredTensor* const part = find(module + end)) parts.push_back(part);
    return parts;
  }

  /// Their pages: see MappedFile.
  void give_back(std::string_view name) const {
    for (const StoredTensor* part : parts_of(name)) files_->give_back(*part);
  }

  /// What views live on: whoever keeps a view of a tensor or a config keeps this too.
  std::shared_ptr<const CheckpointFiles> files() const { return files_; }

  /// The weight `name` ("...q_proj.weight") in whichever form it is stored, checked against [rows, cols] = [out, in].
  /// `transposed`: a dense one lies as [cols, rows] (GPT-2's Conv1D); int8 and four-bit ones are [rows, cols] always.
  Result<StoredWeight> weight(std::string_view name, index_t rows, index_t cols, bool transposed = false) const {
    return detail::StoredWeightReader(*files_, name).read(rows, cols, transposed);
  }

  /// A norm's weight, a bias: F32, F16 or BF16 of n elements.
  Result<StoredTensor> vector(std::string_view name, index_t n) const {
    return detail::StoredWeightReader(*files_, name).read_vector(n);
  }

 private:
  explicit Checkpoint(std::shared_ptr<const CheckpointFiles> files) : files_(std::move(files)) {}
  static Result<Checkpoint> open_file(const std::filesystem::path& path);
  static Result<Checkpoint> open_directory(const std::filesystem::path& path);

  std::shared_ptr<const CheckpointFiles> files_;
};

inline Result<Checkpoint> Checkpoint::try_open(const std::filesystem::path& path) {
  std::error_code why;
  const std::filesystem::file_status status = std::filesystem::status(path, why);
  if (!std::filesystem::exists(status)) {
    return detail::file_error(path, why ? why : std::make_error_code(std::errc::no_such_file_or_directory));
  }
  return std::filesystem::is_directory(status) ? open_directory(path) : open_file(path);
}

inline Result<Checkpoint> Checkpoint::open_file(const std::filesystem::path& path) {
  const std::filesystem::path extension = path.extension();
  if (extension == ".gguf") return detail::gguf_refused(path.string());
  for (const char* pickle : {".bin", ".pt", ".pth", ".ckpt"}) {
    if (extension == pickle) return detail::pickle_refused(path.string(), "a pickle");
  }
  if (extension != ".safetensors") {
    return Error(FaultCode::unsupported, path.string().append(": expected a model directory or a .safetensors file"));
  }
  CheckpointFiles files;
  files.directory = path.parent_path();
  if (auto error = detail::open_weight_files(files, {{path.filename().string()}, {}})) return *std::move(error);
  return Checkpoint(std::make_shared<const CheckpointFiles>(std::move(files)));
}

inline Result<Checkpoint> Checkpoint::open_directory(const std::filesystem::path& path) {
  constexpr JsonLimits python{.bytes = 16u << 20, .nan = true};
  detail::FaultList faults;
  CheckpointFiles files;
  files.directory = path;
  if (Result<JsonDocument> config = read_json(path / "config.json", python)) {
    files.config = *std::move(config);
    if (auto quantization = read_quantization(files.config.root())) {
      files.quantization = *std::move(quantization);
    } else {
      faults.add(quantization.error());
    }
  } else {
    faults.add(config.error());
  }
  if (Result<JsonDocument> generation = read_json(path / "generation_config.json", python)) {
    files.generation_config = *std::move(generation);
  } else if (generation.error().code() != FaultCode::not_found) {
    faults.add(generation.error());
  }
  if (const Result<WeightFiles> wanted = find_weight_files(path)) {
    if (const auto error = detail::open_weight_files(files, *wanted)) faults.add(*error);
  } else {
    faults.add(wanted.error());
  }
  if (const auto error = faults.error()) return *error;
  return Checkpoint(std::make_shared<const CheckpointFiles>(std::move(files)));
}

}  // namespace skald
