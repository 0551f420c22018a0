// Memory that ends where a page does, with nothing behind it: a read beyond is a crash.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <new>

namespace support {

class Guarded {
 public:
  explicit Guarded(std::size_t size) {
    const std::size_t page = std::size_t(sysconf(_SC_PAGESIZE)), used = (size + page - 1) / page * page;
    mapped_ = used + page;
    base_ = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base_ == MAP_FAILED) throw std::bad_alloc();
    mprotect(static_cast<std::byte*>(base_) + used, page, PROT_NONE);
    data_ = static_cast<std::byte*>(base_) + used - size;
  }
  Guarded(const void* from, std::size_t size) : Guarded(size) {
    if (size > 0) std::memcpy(data_, from, size);
  }
  ~Guarded() { munmap(base_, mapped_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  std::byte* data() { return data_; }

 private:
  void* base_ = nullptr;
  std::byte* data_ = nullptr;
  std::size_t mapped_ = 0;
};

}  // namespace support
