// Working memory that one call leaves for the next: what was learned about words, and buffers that have grown.
#pragma once
#include <atomic>
#include <memory>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Any number of threads take and give back; no more than `most` are kept.
template <class T>
class ScratchPool {
 public:
  ScratchPool() = default;
  ScratchPool(const ScratchPool&) = delete;
  ~ScratchPool() {
    for (std::atomic<T*>& place : places_) delete place.load();
  }

  std::unique_ptr<T> take() {
    for (std::atomic<T*>& place : places_) {
      if (T* const kept = place.exchange(nullptr)) return std::unique_ptr<T>(kept);
    }
    return std::make_unique<T>();
  }

  void give(std::unique_ptr<T> scratch) {
    for (std::atomic<T*>& place : places_) {
      T* empty = nullptr;
      if (place.compare_exchange_strong(empty, scratch.get())) return static_cast<void>(scratch.release());
    }
  }

 private:
  static constexpr int most = 8;

  std::atomic<T*> places_[most] = {};
};

}  // namespace detail
}  // namespace skald
