// A copy of a folder for as long as it is needed.
#pragma once
#include <filesystem>
#include <random>
#include <string>

namespace golden {

class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::filesystem::path& from) {
    namespace fs = std::filesystem;
    std::random_device any;
    do path_ = fs::temp_directory_path() / ("skald-golden-" + std::to_string(any()));
    while (!fs::create_directory(path_));
    for (const auto& entry : fs::directory_iterator(from))
      if (entry.is_regular_file()) fs::copy_file(entry.path(), path_ / entry.path().filename());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace golden
