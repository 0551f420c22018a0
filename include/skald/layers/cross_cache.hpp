// Sequences that also see what an encoder read: its keys and values, computed once, shared by every fork.
#pragma once
#include <utility>
#include <vector>

#include "skald/layers/kv_cache.hpp"

namespace skald::inline SKALD_ABI {

/// A cache around a cache `C` for a decoder with cross attention. What one call of encode reads is one block of memory,
///   [layers][2 (keys, values)][tokens, kv_heads * head_dim] of the element T
/// allocated then and freed with the last sequence that sees some of it. A sequence sees `count` positions of one block
/// from `first` on; fork copies these three numbers, and its own past by the policy of `C`. rewind leaves them.
template <KvCache C>
class CrossCache {
 public:
  using Space = typename C::Space;
  using element = typename C::element;
  using Memory = typename C::Memory;
  using View = KvView<Space, element>;

  /// A part of a block that sequences see.
  struct Reads {
    std::int32_t block = -1, first = 0, count = 0;
  };

  CrossCache() = default;
  CrossCache(const ModelSpec& decoder, C inner) : shape_(decoder), inner_(std::move(inner)) {}

  SeqId create() { return placed(inner_.create(), {}); }
  SeqId fork(SeqId s) { return placed(inner_.fork(s), reads(s)); }
  void drop(SeqId s) {
    if (inner_.length(s) < 0) return;
    inner_.drop(s);
    see(s, {});
  }
  bool rewind(SeqId s, std::int32_t n) { return inner_.rewind(s, n); }
  Fault extend(SeqId s, std::int32_t n) { return inner_.extend(s, n); }
  std::int32_t length(SeqId s) const { return inner_.length(s); }
  std::int32_t context() const { return inner_.context(); }
  auto view(int layer, SeqId s) const { return inner_.view(layer, s); }

  /// Positions of the encoder that a sequence sees; 0: none were read for it.
  std::int32_t cross_length(SeqId s) const { return reads(s).count; }
  /// Their keys and values. The sequence must have some.
  View cross_view(int layer, SeqId s) const { return cross_view(layer, reads(s)); }
  View cross_view(int layer, const Reads& r) const {
    const Block& b = blocks_[std::size_t(r.block)];
    const index_t plane = index_t(b.tokens) * shape_.width;
    View v;
    v.data = Space::template cast<element>(b.memory.data()) + (2 * layer * plane + r.first * shape_.width);
    v.block_size = v.length = r.count;
    v.width = shape_.width;
    v.v_offset = plane;
    return v;
  }

  /// Room for the keys and values of `tokens` positions. `block` then is its number; close() it if nobody sees it.
  Fault open(std::int32_t tokens, std::int32_t& block) {
    std::size_t at = 0;
    while (at < blocks_.size() && blocks_[at].tokens > 0) ++at;
    Block made;
    if (Fault f = Memory::allocate(shape_.bytes_per_token() * std::size_t(tokens), made.memory)) return f;
    made.tokens = tokens;
    if (at == blocks_.size()) blocks_.emplace_back();
    blocks_[at] = std::move(made);
    block = std::int32_t(at);
    return {};
  }
  void close(std::int32_t block) {
    Block& b = blocks_[std::size_t(block)];
    if (b.users == 0) b = Block();
  }
  /// From now on the sequence sees this.
  void see(SeqId s, const Reads& what) {
    Reads& now = reads_[std::size_t(s)];
    const std::int32_t before = now.block;
    if (what.block >= 0) ++blocks_[std::size_t(what.block)].users;
    now = what;
    if (before < 0) return;
    --blocks_[std::size_t(before)].users;
    close(before);
  }

  C& inner() { return inner_; }

 private:
  struct Block {
    Memory memory;
    std::int32_t tokens = 0, users = 0;  // 0 tokens: free
  };

  Reads reads(SeqId s) const { return s >= 0 && std::size_t(s) < reads_.size() ? reads_[std::size_t(s)] : Reads(); }
  SeqId placed(SeqId s, const Reads& what) {
    if (s < 0) return s;
    if (reads_.size() <= std::size_t(s)) reads_.resize(std::size_t(s) + 1);
    see(s, what);
    return s;
  }

  CacheShape<element> shape_{ModelSpec{}};
  C inner_;
  std::vector<Reads> reads_;  // by sequence
  std::vector<Block> blocks_;
};

}  // namespace skald
