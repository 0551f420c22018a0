// The open files of one checkpoint and the tensors in them.
#pragma once
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/io/faults.hpp"
#include "skald/io/json.hpp"
#include "skald/io/mapped_file.hpp"
#include "skald/io/order.hpp"
#include "skald/io/quantization.hpp"
#include "skald/io/safetensors.hpp"
#include "skald/io/shards.hpp"

namespace skald::inline SKALD_ABI {

/// Maps, headers and configs. Held by a shared pointer: every view of a tensor lives as long as one of its holders.
struct CheckpointFiles {
  std::filesystem::path directory;
  JsonDocument config;                             ///< {} for a single file
  std::optional<JsonDocument> generation_config;
  std::optional<BitsAndBytesConfig> quantization;
  std::vector<MappedFile> maps;
  std::vector<Safetensors> parts;                  ///< one a map
  std::vector<StoredTensor> tensors;               ///< of all parts, sorted by name
  std::vector<std::uint32_t> part_of;              ///< which part holds tensors[i]

  /// Null if there is none. O(log n).
  const StoredTensor* find(std::string_view name) const {
    const auto at = first_from(name);
    return at != tensors.end() && at->name == name ? &*at : nullptr;
  }

  /// The first tensor whose name is not before `name`.
  std::vector<StoredTensor>::const_iterator first_from(std::string_view name) const {
    return std::lower_bound(tensors.begin(), tensors.end(), name,
                            [](const StoredTensor& t, std::string_view n) { return t.name < n; });
  }

  /// The file that holds a tensor, relative to the directory; empty if there is no such tensor.
  std::string_view file_of(std::string_view name) const {
    const StoredTensor* const found = find(name);
    return found ? std::string_view(parts[part_of[std::size_t(found - tensors.data())]].file()) : std::string_view();
  }

  /// The pages of a tensor of this checkpoint that was read: see MappedFile.
  void give_back(const StoredTensor& tensor) const {
    for (const MappedFile& map : maps) map.give_back(tensor.bytes);
  }

  /// Where one looks for a tensor, for messages.
  std::string place() const { return parts.size() == 1 ? parts[0].file() : directory.string(); }
};

namespace detail {

/// Opens every file, then compares what the index promises with what they hold. All faults at once.
inline std::optional<Error> open_weight_files(CheckpointFiles& files, const WeightFiles& wanted) {
  FaultList faults;
  for (const std::string& file : wanted.files) {
    Result<MappedFile> map = MappedFile::open(files.directory / file);
    if (!map) {
      faults.add(map.error());
      continue;
    }
    Result<Safetensors> part = Safetensors::parse(map->bytes(), file);
    if (!part) {
      faults.add(part.error());
      continue;
    }
    if (const Result<void> format = part->check_weight_format(); !format) faults.add(format.error());
    files.maps.push_back(*std::move(map));
    files.parts.push_back(*std::move(part));
  }
  if (!faults.empty()) return faults.error();

  std::vector<StoredTensor> all;
  std::vector<std::uint32_t> part_of;
  for (std::uint32_t part = 0; part < files.parts.size(); ++part) {
    const auto tensors = files.parts[part].tensors();
    all.insert(all.end(), tensors.begin(), tensors.end());
    part_of.resize(all.size(), part);
  }
  const auto by_name = order_of(all.size(), [&](std::uint32_t a, std::uint32_t b) {
    return all[a].name != all[b].name ? all[a].name < all[b].name : a < b;
  });
  for (const std::uint32_t i : by_name) {
    const StoredTensor& tensor = all[i];
    const std::uint32_t part = part_of[i];
    if (!files.tensors.empty() && files.tensors.back().name == tensor.name) {
      faults.add(FaultCode::malformed, {printable(tensor.name), ": expected in one file, found in ",
                                        files.parts[files.part_of.back()].file(), " and ", files.parts[part].file()});
    }
    files.tensors.push_back(tensor);
    files.part_of.push_back(part);
  }
  for (const auto& [tensor, file] : wanted.promised) {
    const std::string_view found = files.file_of(tensor);
    if (found == file) continue;
    faults.add(FaultCode::not_found, {printable(tensor), ": expected in ", file, " by the index, found ",
                                      found.empty() ? "nowhere" : "in ", found});
  }
  return faults.error();
}

}  // namespace detail
}  // namespace skald
