// Small safetensors files and folders made by tests.
#pragma once
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/io/write_safetensors.hpp"

namespace support {

/// Tensors by value, and the file they make.
class TensorFile {
 public:
  TensorFile& add(std::string name, skald::StoredType type, std::vector<std::int64_t> shape, std::string bytes) {
    entries_.push_back({std::move(name), type, std::move(shape), std::move(bytes)});
    return *this;
  }
  TensorFile& add(std::string name, std::vector<std::int64_t> shape, const std::vector<float>& values) {
    const std::string bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    return add(std::move(name), skald::StoredType::f32, std::move(shape), bytes);
  }
  /// U8 of one dimension, as bitsandbytes packs texts.
  TensorFile& add_text(std::string name, const std::string& text) {
    return add(std::move(name), skald::StoredType::u8, {std::int64_t(text.size())}, text);
  }
  TensorFile& remove(std::string_view name) {
    std::erase_if(entries_, [&](const Entry& e) { return e.name == name; });
    return *this;
  }

  std::vector<skald::StoredTensor> tensors() const {
    std::vector<skald::StoredTensor> views;
    for (const Entry& e : entries_) views.push_back({e.name, e.type, e.shape, std::as_bytes(std::span(e.bytes))});
    return views;
  }
  std::string file(const skald::SafetensorsMetadata& metadata = {{"format", "pt"}}) const {
    std::ostringstream out;
    return skald::write_safetensors(out, tensors(), metadata) ? out.str() : std::string();
  }

 private:
  struct Entry {
    std::string name;
    skald::StoredType type;
    std::vector<std::int64_t> shape;
    std::string bytes;
  };
  std::deque<Entry> entries_;  // stays put: views point in
};

/// A folder of its own, removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    static int made = 0;
    const auto here = std::filesystem::temp_directory_path();
    do {
      path_ = here / ("skald_test_" + std::to_string(made++));
    } while (!std::filesystem::create_directory(path_));
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code none;
    std::filesystem::remove_all(path_, none);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& file) const { return path_ / file; }

  void write(const std::string& file, std::string_view bytes) const {
    std::filesystem::create_directories((path_ / file).parent_path());
    std::ofstream(path_ / file, std::ios::binary).write(bytes.data(), std::streamsize(bytes.size()));
  }

 private:
  std::filesystem::path path_;
};

}  // namespace support
