// Sequences made of blocks: forks share their past, and a block is copied when one of its owners writes on.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "skald/layers/kv_cache.hpp"

namespace skald::inline SKALD_ABI {

/// One block holds `block_size` positions of all layers. fork is O(blocks) without copying; extend copies at most one
/// shared, partly filled block. Untouched blocks take no memory where the system gives pages late. Where every layer
/// sees a sliding window alone, blocks that lie behind it are given back, but for `rewindable` positions.
template <class B, class T = float>
class PagedCache {
 public:
  using Space = typename B::Space;
  using element = T;
  using Memory = typename B::Memory;

  /// How far a sequence can always go back behind what its window sees: drafts are taken back.
  static constexpr std::int32_t rewindable = 128;

  /// `positions` is the room of all sequences together; shared ones count once. `context` bounds each.
  /// After a fault `out` is as it was.
  static Fault allocate(const ModelSpec& spec, std::int32_t context, std::int64_t positions, PagedCache& out,
                        std::int32_t block_size = 16) {
    constexpr std::int32_t largest_block = 1 << 16;
    if (block_size < 1 || block_size > largest_block)
      return fault(FaultCode::invalid_argument, "cache: block_size, 1 to 2^16", block_size < 1 ? 1 : largest_block,
                   block_size);
    constexpr std::int64_t most = std::int64_t{1} << 31;
    if (positions < 0 || positions > most)
      return fault(FaultCode::invalid_argument, "cache: positions, 0 to 2^31", positions < 0 ? 0 : most, positions);
    PagedCache made;
    made.shape_ = CacheShape<T>(spec);
    made.window_ = widest_window(spec);
    made.context_ = context;
    made.block_size_ = block_size;
    const std::int64_t blocks = (positions + block_size - 1) / block_size;
    const std::size_t each = std::max<std::size_t>(1, made.block_bytes());
    if (std::size_t(blocks) > std::size_t(PTRDIFF_MAX) / each)
      return fault(FaultCode::out_of_memory, "cache: blocks, at most", std::int64_t(std::size_t(PTRDIFF_MAX) / each),
                   blocks);
    if (Fault f = Memory::allocate(std::size_t(blocks) * made.block_bytes(), made.memory_)) return f;
    for (std::int64_t b = blocks; b > 0; --b) made.free_.push_back(std::int32_t(b - 1));
    made.owners_.assign(std::size_t(blocks), 0);
    out = std::move(made);
    return {};
  }

  SeqId create() {
    for (std::size_t s = 0; s < sequences_.size(); ++s)
      if (sequences_[s].length < 0) {
        sequences_[s].length = 0;
        return SeqId(s);
      }
    sequences_.push_back({{}, 0, 0});
    return SeqId(sequences_.size()) - 1;
  }

  void drop(SeqId s) {
    if (rewind(s, 0)) at(s).length = -1;
  }

  SeqId fork(SeqId s) {
    if (length(s) < 0) return -1;
    const SeqId to = create();
    at(to) = at(s);
    for (std::size_t i = at(to).gone; i < at(to).blocks.size(); ++i) ++owners_[std::size_t(at(to).blocks[i])];
    return to;
  }

  bool rewind(SeqId s, std::int32_t n) {
    if (n < 0 || n > length(s)) return false;
    Sequence& q = at(s);
    if (n > 0 && std::int64_t(q.gone) * block_size_ > std::max(0, n - window_ + 1)) return false;
    q.length = n;
    for (const std::size_t keep = blocks_for(n); q.blocks.size() > keep; q.blocks.pop_back())
      if (q.blocks.size() > q.gone) release(q.blocks.back());
    q.gone = std::min(q.gone, q.blocks.size());
    return true;
  }

  Fault extend(SeqId s, std::int32_t n) {
    if (Fault f = check_extend(*this, s, n)) return f;
    Sequence& q = at(s);
    const std::int32_t length = q.length + n;
    const bool split = n > 0 && q.length % block_size_ != 0 && owners_[std::size_t(q.blocks.back())] > 1;
    const std::size_t more = blocks_for(length) - q.blocks.size() + (split ? 1 : 0);
    if (more > free_.size())
      return fault(FaultCode::out_of_memory, "cache: free blocks", std::int64_t(more), std::int64_t(free_.size()), s);
    if (split) {
      const std::int32_t shared = q.blocks.back();
      q.blocks.back() = take();
      Space::copy(bytes(q.blocks.back()), bytes(shared), block_bytes());
      --owners_[std::size_t(shared)];
    }
    while (q.blocks.size() < blocks_for(length)) q.blocks.push_back(take());
    if (window_ > 0)
      for (; std::int64_t(q.gone + 1) * block_size_ <= std::int64_t{q.length} - window_ + 1 - rewindable; ++q.gone)
        release(std::exchange(q.blocks[q.gone], -1));
    q.length = length;
    return {};
  }

  std::int32_t length(SeqId s) const {
    return s >= 0 && std::size_t(s) < sequences_.size() ? sequences_[std::size_t(s)].length : -1;
  }
  std::int32_t context() const { return context_; }
  std::int32_t block_size() const { return block_size_; }
  std::int64_t free_positions() const { return std::int64_t(free_.size()) * block_size_; }

  KvView<Space, T> view(int layer, SeqId s) const {
    const Sequence& q = sequences_[std::size_t(s)];
    KvView<Space, T> v;
    v.data = Space::template cast<T>(memory_.data() + layer * 2 * plane() * index_t(sizeof(T)));
    v.blocks = q.blocks;
    v.block_size = block_size_;
    v.length = q.length;
    v.width = shape_.width;
    v.v_offset = plane();
    v.block_stride = shape_.layers * 2 * plane();
    return v;
  }

 private:
  struct Sequence {
    std::vector<std::int32_t> blocks;  // -1: given back
    std::int32_t length = -1;          // -1: free
    std::size_t gone = 0;              // blocks from the first on that were given back
  };

  /// What any layer sees; 0: all of it.
  static std::int32_t widest_window(const ModelSpec& spec) {
    std::int32_t widest = 0;
    for (int l = 0; l < spec.decoder.layers; ++l) {
      const std::int32_t window = spec.decoder[l].attention.window;
      if (window <= 0) return 0;
      widest = std::max(widest, window);
    }
    return widest;
  }

  Sequence& at(SeqId s) { return sequences_[std::size_t(s)]; }
  index_t plane() const { return index_t(block_size_) * shape_.width; }
  std::size_t block_bytes() const { return std::size_t(block_size_) * shape_.bytes_per_token(); }
  auto bytes(std::int32_t block) const { return memory_.data() + block * index_t(block_bytes()); }
  std::size_t blocks_for(std::int32_t n) const { return std::size_t((n + block_size_ - 1) / block_size_); }

  std::int32_t take() {
    const std::int32_t b = free_.back();
    free_.pop_back();
    owners_[std::size_t(b)] = 1;
    return b;
  }
  void release(std::int32_t b) {
    if (--owners_[std::size_t(b)] == 0) free_.push_back(b);
  }

  CacheShape<T> shape_{ModelSpec{}};
  std::int32_t context_ = 0, block_size_ = 16, window_ = 0;
  Memory memory_;
  std::vector<std::int32_t> free_, owners_;
  std::vector<Sequence> sequences_;
};

}  // namespace skald
