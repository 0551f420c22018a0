// Looking up and making dicts.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "skald/text/jinja/equality.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

namespace detail {

/// The place of a key in a hash table of 1 + places, or where it would stand; the size is a power of two.
inline std::size_t probe(Runtime& rt, std::span<const std::uint32_t> index, std::span<const Dict::Entry> entries,
                         const Value& key, std::uint64_t h) {
  std::size_t at = std::size_t(h) & (index.size() - 1);
  while (index[at] != 0 && !equal(rt, entries[index[at] - 1].key, key) && rt.tick()) at = (at + 1) & (index.size() - 1);
  return at;
}

}  // namespace detail

inline const Value* Dict::find(Runtime& rt, const Value& key) const {
  if (index.empty()) {
    if (!key.is_string() && !is_hashable(key)) {
      std::uint64_t ignored = 0;
      hash(rt, key, ignored);
      return nullptr;
    }
    for (const Entry& e : entries) {
      if (equal(rt, e.key, key)) return &e.value;
    }
    return nullptr;
  }
  std::uint64_t h = 0;
  if (!hash(rt, key, h)) return nullptr;
  const std::uint32_t place = index[detail::probe(rt, index, entries, key, h)];
  return place ? &entries[place - 1].value : nullptr;
}

/// A dict under way. A key that comes again keeps its place and gets the new value.
class DictBuilder {
 public:
  explicit DictBuilder(Runtime& rt) : rt_(rt) {}

  void set(const Value& key, const Value& value) {
    std::uint64_t h = 0;
    if (!rt_.tick() || !hash(rt_, key, h)) return;
    if (2 * (entries_.size() + 1) > index_.size()) grow();
    const std::size_t at = detail::probe(rt_, index_, entries_, key, h);
    if (index_[at] != 0) {
      entries_[index_[at] - 1].value = value;
      return;
    }
    entries_.push_back({key, value});
    index_[at] = std::uint32_t(entries_.size());
  }
  void set(const Dict& other) {
    for (const Dict::Entry& e : other.entries) set(e.key, e.value);
  }
  bool contains(const Value& key) {
    std::uint64_t h = 0;
    return hash(rt_, key, h) && !index_.empty() && index_[detail::probe(rt_, index_, entries_, key, h)] != 0;
  }

  Value value() {
    constexpr std::size_t small = 8;
    if (!rt_.room(entries_.size() * sizeof(Dict::Entry) + index_.size() * sizeof(std::uint32_t))) return Value::none();
    auto* const entries = rt_.arena().array<Dict::Entry>(entries_.size());
    std::copy(entries_.begin(), entries_.end(), entries);
    Dict dict{{entries, entries_.size()}, {}};
    if (entries_.size() > small) {
      auto* const index = rt_.arena().array<std::uint32_t>(index_.size());
      std::copy(index_.begin(), index_.end(), index);
      dict.index = {index, index_.size()};
    }
    return Value::of(Kind::dict, rt_.arena().make(dict));
  }

 private:
  void grow() {
    index_.assign(index_.empty() ? 16 : 2 * index_.size(), 0);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      std::uint64_t h = 0;
      hash(rt_, entries_[i].key, h);
      index_[detail::probe(rt_, index_, entries_, entries_[i].key, h)] = std::uint32_t(i + 1);
    }
  }

  Runtime& rt_;
  std::vector<Dict::Entry> entries_;
  std::vector<std::uint32_t> index_;
};

}  // namespace jinja
}  // namespace skald
