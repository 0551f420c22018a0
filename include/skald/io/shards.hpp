// Which files of a model directory hold its weights, and which tensor belongs into which.
#pragma once
#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "skald/io/faults.hpp"
#include "skald/io/json.hpp"
#include "skald/io/order.hpp"

namespace skald::inline SKALD_ABI {

/// What is to be opened: files relative to the directory, and what the index promises.
struct WeightFiles {
  std::vector<std::string> files;  ///< sorted, each once
  std::vector<std::pair<std::string, std::string>> promised;  ///< tensor, file; empty without an index
};

namespace detail {

/// A relative name whose parts are plain: nothing leaves the directory. What links then point to is their owner's
/// business (a hub cache is made of them); the system refuses links that go round.
inline bool plain_relative_name(std::string_view file) {
  if (file.empty()) return false;
  for (const char c : file) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '\\' || c == ':') return false;
  }
  for (std::size_t from = 0; from <= file.size();) {
    const std::size_t end = std::min(file.find('/', from), file.size());
    const std::string_view part = file.substr(from, end - from);
    if (part.empty() || part == "." || part == "..") return false;
    from = end + 1;
  }
  return true;
}

inline Error pickle_refused(const std::string& where, std::string_view found) {
  return Error(FaultCode::unsupported,
               sentence({where, ": expected safetensors, found ", found,
                         ": reading a pickle runs the code in it, so it is not read here; convert it with "
                         "transformers: from_pretrained(...).save_pretrained(..., safe_serialization=True)"}));
}

inline Error gguf_refused(const std::string& where) {
  return Error(FaultCode::unsupported,
               sentence({where, ": expected safetensors, found GGUF, which is not read here; take the original "
                                "checkpoint, or convert it with transformers: from_pretrained(..., gguf_file=...)"
                                ".save_pretrained(...)"}));
}

inline Result<WeightFiles> read_shard_index(const std::filesystem::path& directory, const std::string& index) {
  const Result<JsonDocument> document = read_json(directory / index);
  if (!document) return document.error();
  const auto map = document->root().find("weight_map");
  FaultList faults;
  if (!map) {
    faults.add(FaultCode::malformed, {index, ": weight_map: not found"});
  } else if (!map->is_object()) {
    faults.add(FaultCode::malformed, {index, ": weight_map: expected an object, found ", map->kind()});
  }
  WeightFiles weights;
  for (std::size_t i = 0; faults.empty() && i < map->size(); ++i) {
    const auto file = (*map)[i].string();
    weights.promised.emplace_back(map->key(i), file.value_or(""));
  }
  for (const auto& [tensor, file] : weights.promised) {
    if (plain_relative_name(file)) continue;
    faults.add(FaultCode::malformed, {index, ": weight_map.", printable(tensor),
                                      ": expected the name of a file in the directory, found ", in_quotes(file)});
  }
  if (const auto error = faults.error()) return *error;
  const auto& promised = weights.promised;
  const auto by_file = order_of(promised.size(), [&](std::uint32_t a, std::uint32_t b) {
    return promised[a].second < promised[b].second;
  });
  for (const std::uint32_t i : by_file) {
    const std::string& file = promised[i].second;
    if (weights.files.empty() || weights.files.back() != file) weights.files.push_back(file);
  }
  return weights;
}

}  // namespace detail

/// Looks for model.safetensors, then model.safetensors.index.json, as transformers does. Errors: not_found,
/// unsupported (only pickles or GGUF are there: the sentence says what to do), malformed (the index).
inline Result<WeightFiles> find_weight_files(const std::filesystem::path& directory) {
  const auto there = [&](const char* file) {
    std::error_code none;  // a link that leads nowhere is there: opening it tells what is wrong
    return std::filesystem::exists(std::filesystem::symlink_status(directory / file, none));
  };
  if (there("model.safetensors")) return WeightFiles{{"model.safetensors"}, {}};
  const char* const index = "model.safetensors.index.json";
  if (there(index)) return detail::read_shard_index(directory, index);
  for (const char* pickle : {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    if (there(pickle)) return detail::pickle_refused(directory.string(), pickle);
  }
  std::error_code none;
  for (std::filesystem::directory_iterator at(directory, none), end; !none && at != end; at.increment(none)) {
    if (at->path().extension() == ".gguf") return detail::gguf_refused(at->path().string());
  }
  return Error(FaultCode::not_found,
               directory.string().append(": no model.safetensors and no model.safetensors.index.json in it"));
}

}  // namespace skald
