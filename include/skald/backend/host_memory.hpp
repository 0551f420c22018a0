// Bytes on the host: owned, or borrowed from the caller.
#pragma once
#include <memory>
#include <new>

#include "skald/core/fault.hpp"
#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

/// Uninitialised bytes, aligned to a cache line. Pages that are never touched take no memory.
class HostMemory {
 public:
  static Fault allocate(std::size_t bytes, HostMemory& out) {
    void* p = ::operator new(bytes ? bytes : 1, std::align_val_t{64}, std::nothrow);
    if (!p) return fault(FaultCode::out_of_memory, "HostMemory: bytes asked for", std::int64_t(bytes), 0);
    out.bytes_.reset(static_cast<std::byte*>(p));
    out.size_ = bytes;
    return {};
  }
  std::byte* data() const { return bytes_.get(); }
  std::size_t size() const { return bytes_ ? size_ : 0; }  // 0 when moved from

 private:
  struct Free {
    void operator()(std::byte* p) const { ::operator delete(p, std::align_val_t{64}); }
  };
  std::unique_ptr<std::byte, Free> bytes_;
  std::size_t size_ = 0;
};

}  // namespace skald
