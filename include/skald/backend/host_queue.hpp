// Queues whose work runs at once in this process: a scratch stack over owned or borrowed bytes.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>

#include "skald/backend/borrowed_memory.hpp"
#include "skald/backend/queue.hpp"
#include "skald/core/fault.hpp"
#include "skald/spec/memory_plan.hpp"

namespace skald::inline SKALD_ABI {

/// `Memory` is HostMemory (grows in reserve, by half at least) or BorrowedMemory (a reserve beyond it is a fault with
/// both sizes).
template <class Memory>
class HostLane {
 public:
  using Space = Host;

  HostLane() = default;
  explicit HostLane(Memory memory) : memory_(static_cast<Memory&&>(memory)) {}

  template <class T>
  T* take(index_t count) {
    std::byte* p = memory_.data() + used_;
    used_ += scratch_bytes<T>(count);
    if (used_ > peak_) peak_ = used_;
    return reinterpret_cast<T*>(p);
  }
  std::size_t mark() const { return used_; }
  void release(std::size_t mark) { used_ = mark; }

  Fault reserve(std::size_t bytes) {
    constexpr std::size_t aligned = alignof(std::max_align_t);
    if (const auto past = reinterpret_cast<std::uintptr_t>(memory_.data()) % aligned)
      return fault(FaultCode::invalid_argument, "scratch: bytes its memory begins behind an aligned address", 0,
                   std::int64_t(past));
    if (bytes <= memory_.size()) return {};
    if constexpr (requires { Memory::allocate(bytes, memory_); }) {
      return Memory::allocate(std::max(bytes, memory_.size() * 3 / 2), memory_);  // a past that grows asks every step
    } else {
      return fault(FaultCode::out_of_memory, "scratch: bytes of one step", std::int64_t(bytes),
                   std::int64_t(memory_.size()));
    }
  }

  /// Bytes for one operation to work in, on a cache line, beside the scratch that is planned; null where there is no
  /// heap, or no more of it. What was there before is lost.
  std::byte* room(std::size_t bytes) {
    if constexpr (requires { Memory::allocate(bytes, room_); }) {
      if (bytes > room_.size() && Memory::allocate(bytes, room_)) return nullptr;
      return room_.data();
    } else {
      return nullptr;
    }
  }

  /// Most bytes that were ever taken at once: what a plan is checked against.
  std::size_t peak() const { return peak_; }

  constexpr index_t workers() const { return 1; }

  /// The flag stays the caller's; null: never cancelled.
  void cancel_on(const std::atomic<bool>* flag) { cancel_ = flag; }
  bool cancelled() const { return cancel_ && cancel_->load(std::memory_order_relaxed); }

  template <class T> void write(T* to, const T* from, index_t n) { std::copy_n(from, n, to); }
  template <class T> void read(T* to, const T* from, index_t n) { std::copy_n(from, n, to); }
  Fault wait() const { return {}; }

 private:
  Memory memory_, room_;
  std::size_t used_ = 0, peak_ = 0;
  const std::atomic<bool>* cancel_ = nullptr;
};

}  // namespace skald
