// Weights in the backend's memory: on the host they stay where they lie, a device gets a copy of every byte once. What
// is converted is converted once, on the backend's threads.
#pragma once
#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/backend/heap_storage.hpp"
#include "skald/model/storage.hpp"
#include "skald/precision/stored.hpp"

namespace skald::inline SKALD_ABI {

/// Slots of a model hold bare addresses in the backend's memory, which kernels alone may read.
template <HeapBackend B>
class WeightUpload {
 public:
  WeightUpload(const B& backend, HeapStorage<B>& storage) : storage_(storage) {
    if constexpr (!is_host<typename B::Space> || parallel_queue) queue_.emplace(backend.queue());
  }

  HeapStorage<B>& storage() { return storage_; }

  /// task(context, piece) for every piece, in any order.
  void run(index_t pieces, void (*task)(const void* context, index_t piece), const void* context) {
    if constexpr (parallel_queue) queue_->share(pieces, [=](index_t piece, index_t) { task(context, piece); });
    else for (index_t piece = 0; piece < pieces; ++piece) task(context, piece);
  }

  /// What became of a stored matrix that was converted before: a fused tensor has several slots.
  [[gnu::noinline]] bool converted(const std::byte* stored, std::string_view precision,
                                   std::span<std::byte> parts) const {
    for (const Converted& c : converted_)
      if (c.stored == stored && c.precision == precision)
        return std::copy(c.parts.begin(), c.parts.end(), parts.begin()), true;
    return false;
  }
  [[gnu::noinline]] void remember(const std::byte* stored, std::string_view precision,
                                  std::span<const std::byte> parts) {
    converted_.push_back({stored, precision, {parts.begin(), parts.end()}});
  }

  /// Memory of the backend, kept with the model, with these bytes in it.
  Fault copy(std::span<const std::byte> bytes, const std::byte*& address) {
    typename B::Memory memory;
    if (Fault f = B::Memory::allocate(bytes.size(), memory)) return f;
    queue_->write(memory.data(), bytes.data(), index_t(bytes.size()));
    if (Fault f = queue_->wait()) return f;
    address = B::Space::address(memory.data());
    storage_.buffers.push_back(std::move(memory));
    return {};
  }

  /// The parts of a stored weight, brought over from a file that stays open: fused parts share their bytes.
  Fault bring(StoredWeight& s) {
    const auto n = std::size_t(s.rows * s.cols);
    if (s.form == StoredForm::dense) return bring(s.data, n * bits(s.type) / 8);
    if (s.form == StoredForm::int8_rowwise) {
      if (Fault f = bring(s.data, n)) return f;
      return bring(s.row_absmax, std::size_t(s.rows) * sizeof(float));
    }
    const std::size_t block = std::size_t(s.block), blocks = (n + block - 1) / block;
    const std::size_t nested = std::size_t(s.nested_block), groups = (blocks + nested - 1) / nested;
    if (Fault f = bring(s.data, (n + 1) / 2)) return f;
    if (Fault f = bring(s.code_book, 16 * sizeof(float))) return f;
    if (Fault f = bring(s.absmax, s.nested_absmax ? blocks : blocks * sizeof(float))) return f;
    if (Fault f = bring(s.nested_absmax, groups * sizeof(float))) return f;
    return bring(s.nested_code_book, 256 * sizeof(float));
  }

 private:
  static constexpr bool parallel_queue =
      requires(typename B::Queue& q, void (*f)(index_t, index_t)) { q.share(index_t{}, f); };
  struct Converted {
    const std::byte* stored;
    std::string_view precision;
    std::vector<std::byte> parts;
  };

  Fault bring(const std::byte*& at, std::size_t bytes) {
    if (!at) return {};
    for (const auto& [host, there] : there_)
      if (host == at) return at = there, Fault{};
    const std::byte* const host = at;
    if (Fault f = copy({host, bytes}, at)) return f;
    there_.emplace_back(host, at);
    return {};
  }

  HeapStorage<B>& storage_;
  std::optional<typename B::Queue> queue_;  // of devices, and of backends with threads
  std::vector<std::pair<const std::byte*, const std::byte*>> there_;  // host, backend: some hundred tensors
  std::vector<Converted> converted_;
};

}  // namespace skald
