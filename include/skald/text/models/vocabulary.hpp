// Token strings and their ids, both ways.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/core/types.hpp"
#include "skald/text/json_fields.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

constexpr std::uint64_t mix_hash(std::uint64_t h) {
  h *= 0x9E3779B97F4A7C15u;
  h ^= h >> 32;
  h *= 0xD6E8FEB86659FD93u;
  return h ^ h >> 29;
}

inline std::uint64_t hash_bytes(std::string_view text) {
  std::uint64_t h = text.size();
  std::size_t i = 0;
  for (std::uint64_t word; i + 8 <= text.size(); i += 8) {
    std::memcpy(&word, text.data() + i, 8);
    h = mix_hash(h ^ word);
  }
  std::uint64_t tail = 0;
  if (i < text.size()) std::memcpy(&tail, text.data() + i, text.size() - i);  // an empty text may have no data
  return mix_hash(h ^ tail);
}

}  // namespace detail

/// All strings lie in one block; look-ups go through one table of hashes with open addressing.
class Vocabulary {
 public:
  /// Reads the member {"token": id, ...}. Of a token that is there twice the last id counts.
  void read(JsonFields& fields, std::string_view key) {
    const std::optional<Json> json = fields.object(key);
    if (!json) return;
    reserve(json->size());
    for (std::size_t i = 0; i < json->size(); ++i) {
      if (i + 8 < json->size()) prepare(json->key(i + 8));
      const std::optional<token_id> id = JsonFields::as_int32((*json)[i]);
      if (!id) {
        const std::string place = fields.place(key).append(".").append(json->key(i));
        return fields.fail(place, "an integer from 0 to 2147483647", (*json)[i]);
      }
      insert(json->key(i), *id);
    }
    const auto [largest, limit] = index_ids();
    if (largest > limit) {
      fields.fail(FaultCode::malformed, fields.place(key).append(": expected ids of at most ")
                      .append(std::to_string(limit)).append(" for ").append(std::to_string(size()))
                      .append(" tokens, found ").append(std::to_string(largest)));
    }
  }

  std::size_t size() const { return entries_.size(); }

  std::optional<token_id> find(std::string_view token) const { return find(token, detail::hash_bytes(token)); }

  /// Look-ups in two steps, many at a time, do not wait for memory one after the other: prepare, then find.
  std::uint64_t prepare(std::string_view token) const {
    const std::uint64_t hash = detail::hash_bytes(token);
    if (!slots_.empty()) __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
    return hash;
  }
  std::optional<token_id> find(std::string_view token, std::uint64_t hash) const {
    if (slots_.empty()) return std::nullopt;
    const std::uint32_t entry = slots_[place(token, hash)].entry;
    return entry == nobody ? std::nullopt : std::optional<token_id>(entries_[entry].id);
  }

  std::optional<std::string_view> token(token_id id) const {
    if (id < 0 || std::size_t(id) >= by_id_.size() || by_id_[std::size_t(id)] == nobody) return std::nullopt;
    return text(entries_[by_id_[std::size_t(id)]]);
  }

  /// Room for so many; insert() fills no more than that.
  void reserve(std::size_t tokens) {
    entries_.reserve(tokens);
    strings_.reserve(tokens * 8);
    slots_.assign(std::bit_ceil(2 * tokens + 2), {0, nobody});
  }

  /// A token that is there already gets the new id. What comes back is the token's place for text().
  std::uint32_t insert(std::string_view token, token_id id) {
    const std::uint64_t hash = detail::hash_bytes(token);
    Slot& slot = slots_[place(token, hash)];
    if (slot.entry != nobody) {
      entries_[slot.entry].id = id;
      return slot.entry;
    }
    slot = {std::uint32_t(hash >> 32), std::uint32_t(entries_.size())};
    entries_.push_back({std::uint32_t(strings_.size()), std::uint32_t(token.size()), id});
    strings_.append(token);
    return slot.entry;
  }
  std::string_view text(std::uint32_t place) const { return text(entries_[place]); }

  /// Calls f(token, id) for all.
  template <class F>
  void each(F f) const {
    for (const Entry& entry : entries_) f(text(entry), entry.id);
  }

  /// Two strings with one id: tokenizers do not make such files, but nothing forbids them.
  bool has_shared_ids() const { return shared_ids_; }

 private:
  struct Entry {
    std::uint32_t begin, size;
    token_id id;
  };
  struct Slot {
    std::uint32_t hash;
    std::uint32_t entry;
  };
  static constexpr std::uint32_t nobody = UINT32_MAX;

  std::string_view text(const Entry& entry) const {
    return std::string_view(strings_).substr(entry.begin, entry.size);
  }

  /// Where the token is, or would be.
  std::size_t place(std::string_view token, std::uint64_t hash) const {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      const Slot& slot = slots_[at];
      if (slot.entry == nobody) return at;
      if (slot.hash == std::uint32_t(hash >> 32) && text(entries_[slot.entry]) == token) return at;
    }
  }

  /// The largest id, and how large it may be: a file cannot ask for much more memory than it has tokens.
  std::pair<std::int64_t, std::int64_t> index_ids() {
    std::int64_t largest = -1;
    for (const Entry& entry : entries_) largest = std::max(largest, std::int64_t{entry.id});
    const std::int64_t limit = std::min<std::int64_t>(65536 + 16 * std::int64_t(entries_.size()), INT32_MAX);
    if (largest > limit) return {largest, limit};
    by_id_.assign(std::size_t(largest + 1), nobody);
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      std::uint32_t& owner = by_id_[std::size_t(entries_[i].id)];
      shared_ids_ |= owner != nobody;
      owner = i;
    }
    return {largest, limit};
  }

  std::string strings_;
  std::vector<Entry> entries_;
  std::vector<Slot> slots_;             // a power of two, at most half full
  std::vector<std::uint32_t> by_id_;
  bool shared_ids_ = false;
};

}  // namespace skald
