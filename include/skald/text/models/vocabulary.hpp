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
  std::memcpy(&tail, text.data() + i, text.size() - i);
  return mix_hash(h ^ tail);
}

}  // namespace detail

/// All strings lie in one block; look-ups go through one table of hashes with open addressing.
class Vocabulary {
 public:
  /// Reads {"token": id, ...}. Of a token that is there twice the last id counts. Errors: malformed, with the place.
  static Result<Vocabulary> from_json(Json json, const std::string& place) {
    JsonFields fields(json, place);
    Vocabulary vocabulary;
    vocabulary.reserve(json.size());
    for (std::size_t i = 0; !fields.failed() && i < json.size(); ++i) {
      const std::optional<token_id> id = JsonFields::as_int32(json[i]);
      if (id) vocabulary.insert(json.key(i), *id);
      else fields.fail(fields.place(json.key(i)), "an integer from 0 to 2147483647", json[i]);
    }
    const auto [largest, limit] = vocabulary.index_ids();
    if (largest > limit) {
      fields.fail(FaultCode::malformed, std::string(place).append(": expected ids of at most ")
                      .append(std::to_string(limit)).append(" for ").append(std::to_string(vocabulary.size()))
                      .append(" tokens, found ").append(std::to_string(largest)));
    }
    return fields.finish(std::move(vocabulary));
  }

  std::size_t size() const { return entries_.size(); }

  std::optional<token_id> find(std::string_view token) const {
    const Entry* const entry = lookup(token, detail::hash_bytes(token));
    return entry ? std::optional<token_id>(entry->id) : std::nullopt;
  }

  std::optional<std::string_view> token(token_id id) const {
    if (id < 0 || std::size_t(id) >= by_id_.size() || by_id_[std::size_t(id)] == nobody) return std::nullopt;
    return text(entries_[by_id_[std::size_t(id)]]);
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

  void reserve(std::size_t tokens) {
    entries_.reserve(tokens);
    strings_.reserve(tokens * 8);
    slots_.assign(std::bit_ceil(2 * tokens + 2), {0, nobody});
  }

  template <class Visit>
  void probe(std::uint64_t hash, Visit visit) const {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask; !visit(at); at = (at + 1) & mask) {}
  }

  const Entry* lookup(std::string_view token, std::uint64_t hash) const {
    const Entry* found = nullptr;
    if (slots_.empty()) return found;
    probe(hash, [&](std::size_t at) {
      const Slot& slot = slots_[at];
      if (slot.entry == nobody) return true;
      if (slot.hash != std::uint32_t(hash >> 32) || text(entries_[slot.entry]) != token) return false;
      found = &entries_[slot.entry];
      return true;
    });
    return found;
  }

  void insert(std::string_view token, token_id id) {
    const std::uint64_t hash = detail::hash_bytes(token);
    if (const Entry* const known = lookup(token, hash)) {
      entries_[std::size_t(known - entries_.data())].id = id;
      return;
    }
    probe(hash, [&](std::size_t at) {
      if (slots_[at].entry != nobody) return false;
      slots_[at] = {std::uint32_t(hash >> 32), std::uint32_t(entries_.size())};
      return true;
    });
    entries_.push_back({std::uint32_t(strings_.size()), std::uint32_t(token.size()), id});
    strings_.append(token);
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
