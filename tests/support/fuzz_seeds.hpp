// What the fuzzers of tests/fuzz start from.
#pragma once
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "support/broken_files.hpp"

namespace support {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// A safetensors file as "header|data", its length left to the fuzzer; what is none stays as it is.
inline std::string without_length(const std::string& file) {
  std::uint64_t header = 0;
  for (std::size_t i = 0; i < 8 && i < file.size(); ++i) header |= std::uint64_t(std::uint8_t(file[i])) << 8 * i;
  if (file.size() < 8 || header > file.size() - 8) return file;
  return file.substr(8, header).append("|").append(file.substr(8 + header));
}

/// config, index and two shards as tests/fuzz/checkpoint.cpp reads them.
inline std::string as_one_text(const std::string& config, const std::string& index, const std::string& first,
                               const std::string& second) {
  std::string text = config;
  for (const std::string& part : {index, without_length(first), without_length(second)})
    text.append("\n--\n").append(part);
  return text;
}

/// Broken and sound files of every format, and those below `paths`.
inline std::vector<std::string> fuzz_seeds(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::string> seeds{valid_safetensors(), without_length(valid_safetensors())};
  for (const BrokenFile& broken : broken_safetensors()) {
    seeds.push_back(broken.bytes);
    seeds.push_back(without_length(broken.bytes));
  }
  for (const BrokenCheckpoint& broken : broken_checkpoints()) {
    const auto file = [&](std::string_view name) {
      const auto at = std::ranges::find(broken.files, name, &std::pair<std::string, std::string>::first);
      return at == broken.files.end() ? std::string() : at->second;
    };
    const std::string only = file("model.safetensors");
    seeds.push_back(as_one_text(file("config.json"), file("model.safetensors.index.json"),
                                only.empty() ? file("1.safetensors") : only, file("2.safetensors")));
  }
  const std::string messages = R"([{"role": "user", "content": "Hello"}, {"role": "assistant", "content": null,
    "tool_calls": [{"function": {"name": "f", "arguments": {"a": [1, 2.5, true]}}}]}])";
  for (const std::filesystem::path& path : paths)
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      const std::string kind = entry.path().extension().string();
      if (kind == ".json" || kind == ".model") seeds.push_back(read_file(entry.path()));
      if (kind == ".jinja") seeds.push_back(read_file(entry.path()).append(1, '\0').append(messages));
    }
  return seeds;
}

}  // namespace support
