// A fixed number of sequences, each with one block of `context` positions a layer. No heap of its own.
#pragma once
#include <array>

#include "skald/layers/kv_cache.hpp"

namespace skald::inline SKALD_ABI {

/// Bytes a ContiguousCache of this shape needs: what its Memory must hold.
template <class T = float>
constexpr std::size_t contiguous_cache_bytes(const ModelSpec& spec, std::int32_t sequences, std::int32_t context) {
  return CacheShape<T>(spec).bytes_per_token() * std::size_t(context) * std::size_t(sequences);
}

/// Fork copies the past; extend and rewind are O(1). `Memory` is the backend's: owned, or borrowed on firmware.
template <class B, class T = float, int MaxSequences = 16>
class ContiguousCache {
 public:
  using Space = typename B::Space;
  using element = T;
  using Memory = typename B::Memory;

  ContiguousCache(const ModelSpec& spec, std::int32_t context, Memory memory)
      : shape_(spec), context_(context), memory_(static_cast<Memory&&>(memory)) {
    const std::size_t each = contiguous_cache_bytes<T>(spec, 1, context);
    const std::size_t room = each ? memory_.size() / each : 0;
    sequences_ = room < std::size_t(MaxSequences) ? std::int32_t(room) : MaxSequences;
    lengths_.fill(-1);
  }

  SeqId create() {
    for (SeqId s = 0; s < sequences_; ++s)
      if (lengths_[std::size_t(s)] < 0) {
        lengths_[std::size_t(s)] = 0;
        return s;
      }
    return -1;
  }
  void drop(SeqId s) {
    if (length(s) >= 0) lengths_[std::size_t(s)] = -1;
  }

  SeqId fork(SeqId s) {
    const std::int32_t n = length(s);
    const SeqId to = n < 0 ? -1 : create();
    if (to < 0) return to;
    for (int l = 0; l < shape_.layers; ++l)
      for (index_t half : {index_t{0}, plane()})
        Space::copy(bytes(l, to) + half * index_t(sizeof(T)), bytes(l, s) + half * index_t(sizeof(T)),
                    std::size_t(n * shape_.width) * sizeof(T));
    lengths_[std::size_t(to)] = n;
    return to;
  }

  bool rewind(SeqId s, std::int32_t n) {
    if (n < 0 || n > length(s)) return false;
    lengths_[std::size_t(s)] = n;
    return true;
  }

  Fault extend(SeqId s, std::int32_t n) {
    if (Fault f = check_extend(*this, s, n)) return f;
    lengths_[std::size_t(s)] += n;
    return {};
  }

  std::int32_t length(SeqId s) const { return s >= 0 && s < sequences_ ? lengths_[std::size_t(s)] : -1; }
  std::int32_t context() const { return context_; }
  std::int32_t sequences() const { return sequences_; }

  KvView<Space, T> view(int layer, SeqId s) const {
    KvView<Space, T> v;
    v.data = Space::template cast<T>(bytes(layer, s));
    v.block_size = context_;
    v.length = length(s);
    v.width = shape_.width;
    v.v_offset = plane();
    return v;
  }

 private:
  index_t plane() const { return index_t(context_) * shape_.width; }
  auto bytes(int layer, SeqId s) const {
    return memory_.data() + (index_t(s) * shape_.layers + layer) * 2 * plane() * index_t(sizeof(T));
  }

  CacheShape<T> shape_;
  std::int32_t context_, sequences_ = 0;
  Memory memory_;
  std::array<std::int32_t, MaxSequences> lengths_;  // -1: free
};

}  // namespace skald
