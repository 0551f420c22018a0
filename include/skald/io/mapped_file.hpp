// Whole files as bytes: mapped read-only where the system can, else read.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#if __has_include(<sys/mman.h>)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#else
#include <fstream>
#include <memory>
#endif

#include "skald/core/result.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

inline Error file_error(const std::filesystem::path& path, const std::error_code& why) {
  const FaultCode code = why == std::errc::no_such_file_or_directory ? FaultCode::not_found : FaultCode::io;
  return Error(code, path.string().append(": ").append(why.message()));
}

}  // namespace detail

/// The bytes of one file, which must not shrink while they are looked at (the system's rule for maps).
class MappedFile {
 public:
  /// Regular files only; an empty one is fine. Errors: not_found, io.
  static Result<MappedFile> open(const std::filesystem::path& path);

  MappedFile(MappedFile&& other) noexcept
      : path_(std::move(other.path_)), bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile() { release(); }

  const std::filesystem::path& path() const { return path_; }
  std::span<const std::byte> bytes() const { return bytes_; }

  /// Bytes of this file that were read and are not needed for now: the system may take their pages back, and reads them
  /// again when they are looked at.
  void give_back(std::span<const std::byte> bytes) const noexcept;

  std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  explicit MappedFile(std::filesystem::path path) : path_(std::move(path)) {}
  void release() noexcept;

  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
};

#if __has_include(<sys/mman.h>)

inline Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const auto failed = [&] { return detail::file_error(path, std::error_code(errno, std::generic_category())); };
  struct Descriptor {
    int number;
    ~Descriptor() { if (number >= 0) ::close(number); }
  };
  // O_NONBLOCK: a pipe that nobody writes must not hold us up before it is refused.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct ::stat status {};
  if (file.number < 0 || ::fstat(file.number, &status) != 0) return failed();
  if (!S_ISREG(status.st_mode)) return Error(FaultCode::io, path.string().append(": not a regular file"));
  MappedFile mapped(path);
  if (status.st_size > 0) {
    const auto size = std::size_t(status.st_size);
    void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
    if (at == MAP_FAILED) return failed();
    mapped.bytes_ = {static_cast<const std::byte*>(at), size};
  }
  return mapped;
}

inline void MappedFile::release() noexcept {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

inline void MappedFile::give_back(std::span<const std::byte> bytes) const noexcept {
  const auto start = reinterpret_cast<std::uintptr_t>(bytes_.data()), last = start + bytes_.size();
  const auto first = reinterpret_cast<std::uintptr_t>(bytes.data()), end = first + bytes.size();
  if (bytes.empty() || first < start || end > last) return;
  // With the pages that Linux maps around one that is read. The map is read-only, so nothing is lost.
  constexpr std::uintptr_t around = 1 << 16;
  const std::uintptr_t from = std::max(start, first / around * around);
  const std::uintptr_t to = std::min(last, (end + around - 1) / around * around);
  ::madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
}

#else

inline Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  std::error_code why;
  if (!std::filesystem::is_regular_file(path, why)) {
    if (why) return detail::file_error(path, why);
    return Error(FaultCode::io, path.string().append(": not a regular file"));
  }
  const std::uintmax_t size = std::filesystem::file_size(path, why);
  if (why) return detail::file_error(path, why);
  auto bytes = std::make_unique<std::byte[]>(std::size_t(size));
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.get()), std::streamsize(size))) {
    return Error(FaultCode::io, path.string().append(": reading failed"));
  }
  MappedFile whole(path);
  if (size > 0) whole.bytes_ = {bytes.release(), std::size_t(size)};
  return whole;
}

inline void MappedFile::release() noexcept { delete[] bytes_.data(); }
inline void MappedFile::give_back(std::span<const std::byte>) const noexcept {}

#endif

/// A whole file as a string. Errors: not_found, io, and unsupported when it is longer than `limit` bytes.
inline Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t limit = 256u << 20) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) return file.error();
  if (file->bytes().size() > limit) {
    return Error(FaultCode::unsupported, path.string().append(": expected at most ").append(std::to_string(limit))
                                             .append(" bytes, found ").append(std::to_string(file->bytes().size())));
  }
  return std::string(file->text());
}

}  // namespace skald
