// Writes the folder of a checkpoint: shards, their index, small files. All of it lies beside the old files before any
// of them is replaced.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "skald/io/mapped_file.hpp"
#include "skald/io/write_json.hpp"
#include "skald/io/write_safetensors.hpp"

namespace skald::inline SKALD_ABI {

/// Add everything, then write(). Names and bytes of tensors must live until then.
class CheckpointWriter {
 public:
  explicit CheckpointWriter(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// In the order in which they are to fill the shards.
  void add(StoredTensor tensor) { tensors_.push_back(std::move(tensor)); }
  void add_file(std::string name, std::string text) { files_.emplace_back(std::move(name), std::move(text)); }

  /// A tensor larger than `max_shard_size` bytes gets a shard of its own. Weight files of an earlier save that are not
  /// of this one are removed. Errors: invalid_argument, io, with the path.
  Result<void> write(std::uint64_t max_shard_size, const TensorBytes& bytes_of = {}) {
    std::error_code why;
    std::filesystem::create_directories(directory_, why);
    if (why) return detail::file_error(directory_, why);
    const std::vector<std::vector<StoredTensor>> shards = split(max_shard_size);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < shards.size(); ++i) names.push_back(shard_name(i, shards.size()));
    if (shards.size() > 1) add_file("model.safetensors.index.json", index(shards, names));

    std::vector<std::string> written;
    Result<void> done = write_parts(shards, names, bytes_of, written);
    for (std::size_t i = 0; done && i < written.size(); ++i) {
      std::filesystem::rename(part(written[i]), directory_ / written[i], why);
      if (why) done = detail::file_error(directory_ / written[i], why);
    }
    if (!done) {
      for (const std::string& name : written) std::filesystem::remove(part(name), why);
      return done;
    }
    remove_others(written);
    return {};
  }

 private:
  std::filesystem::path part(const std::string& name) const { return directory_ / (name + ".part"); }

  static std::string shard_name(std::size_t i, std::size_t n) {
    if (n <= 1) return "model.safetensors";
    char name[64];
    std::snprintf(name, sizeof name, "model-%05zu-of-%05zu.safetensors", i + 1, n);
    return name;
  }

  std::vector<std::vector<StoredTensor>> split(std::uint64_t limit) const {
    std::vector<std::vector<StoredTensor>> shards(1);
    std::uint64_t size = 0;
    for (const StoredTensor& t : tensors_) {
      if (size > 0 && size + t.bytes.size() > limit) {
        shards.emplace_back();
        size = 0;
      }
      shards.back().push_back(t);
      size += t.bytes.size();
    }
    return shards;
  }

  std::string index(const std::vector<std::vector<StoredTensor>>& shards, const std::vector<std::string>& names) const {
    std::uint64_t total = 0;
    std::vector<std::pair<std::string_view, std::size_t>> where;
    for (std::size_t i = 0; i < shards.size(); ++i)
      for (const StoredTensor& t : shards[i]) {
        where.emplace_back(t.name, i);
        total += t.bytes.size();
      }
    std::sort(where.begin(), where.end());
    std::string text("{\n  \"metadata\": {\n    \"total_size\": ");
    text.append(std::to_string(total)).append("\n  },\n  \"weight_map\": {");
    for (const auto& [tensor, shard] : where) {
      text.append(&tensor == &where.front().first ? "\n    " : ",\n    ").append(detail::json_quoted(tensor));
      text.append(": \"").append(names[shard]).append("\"");
    }
    return text.append("\n  }\n}\n");
  }

  Result<void> write_parts(const std::vector<std::vector<StoredTensor>>& shards, const std::vector<std::string>& names,
                           const TensorBytes& bytes_of, std::vector<std::string>& written) const {
    for (std::size_t i = 0; i < shards.size(); ++i) {
      written.push_back(names[i]);
      std::ofstream out(part(names[i]), std::ios::binary | std::ios::trunc);
      Result<void> done = write_safetensors(out, shards[i], {{"format", "pt"}}, bytes_of);
      if (!done) return std::move(done).error().in((directory_ / names[i]).string());
    }
    for (const auto& [name, text] : files_) {
      written.push_back(name);
      std::ofstream out(part(name), std::ios::binary | std::ios::trunc);
      out.write(text.data(), std::streamsize(text.size()));
      if (!out.flush()) return Error(FaultCode::io, (directory_ / name).string().append(": writing failed"));
    }
    return {};
  }

  /// model.safetensors of an earlier save would win over our index.
  void remove_others(const std::vector<std::string>& written) const {
    std::error_code none;
    std::vector<std::filesystem::path> others;
    for (std::filesystem::directory_iterator at(directory_, none), end; !none && at != end; at.increment(none)) {
      const std::string name = at->path().filename().string();
      const bool shard = name.starts_with("model-") && name.ends_with(".safetensors") && name.size() == 32 &&
                         name.substr(11, 4) == "-of-";
      if (!shard && name != "model.safetensors" && name != "model.safetensors.index.json") continue;
      if (std::find(written.begin(), written.end(), name) == written.end()) others.push_back(at->path());
    }
    for (const auto& path : others) std::filesystem::remove(path, none);
  }

  std::filesystem::path directory_;
  std::vector<StoredTensor> tensors_;
  std::vector<std::pair<std::string, std::string>> files_;
};

}  // namespace skald
