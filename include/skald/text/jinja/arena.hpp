// Where everything lives that one rendering makes: given back at once, never one by one.
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <vector>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// A growing stack of bytes. What it holds is trivially destructible and does not move. Values of a template may point
/// at each other in circles, so counting references would not do.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  /// All bytes asked of the system so far.
  std::size_t used() const { return used_; }

  void* allocate(std::size_t bytes, std::size_t alignment) {
    std::size_t at = (top_ + alignment - 1) & ~(alignment - 1);
    if (blocks_.empty() || at + bytes > size_) {
      add_block(bytes);
      at = 0;
    }
    top_ = at + bytes;
    return blocks_.back().get() + at;
  }

  template <class T>
  T* array(std::size_t n) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= alignof(std::max_align_t));
    T* const first = static_cast<T*>(allocate(n * sizeof(T), alignof(T)));
    for (std::size_t i = 0; i < n; ++i) ::new (static_cast<void*>(first + i)) T();
    return first;
  }
  template <class T>
  T* make(const T& value) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= alignof(std::max_align_t));
    return ::new (allocate(sizeof(T), alignof(T))) T(value);
  }

  std::string_view text(std::string_view from) { return join(from, {}); }

  /// a and b in a row. Where `a` is the last thing written, `b` is written behind it: a text that grows piece by piece
  /// costs its length, not its square.
  std::string_view join(std::string_view a, std::string_view b) {
    if (!blocks_.empty() && !a.empty() && a.data() + a.size() == blocks_.back().get() + top_ &&
        top_ + b.size() <= size_) {
      if (!b.empty()) std::memmove(blocks_.back().get() + top_, b.data(), b.size());
      top_ += b.size();
      return {a.data(), a.size() + b.size()};
    }
    if (a.size() + b.size() == 0) return {};
    char* const to = static_cast<char*>(allocate(a.size() + b.size(), 1));
    if (!a.empty()) std::memcpy(to, a.data(), a.size());
    if (!b.empty()) std::memcpy(to + a.size(), b.data(), b.size());
    return {to, a.size() + b.size()};
  }

 private:
  void add_block(std::size_t bytes) {
    constexpr std::size_t smallest = 4096, grown = 1 << 20;
    size_ = smallest;
    while (size_ < used_ && size_ < grown) size_ *= 2;
    if (size_ < 2 * bytes) size_ = 2 * bytes;  // room for a text to grow
    blocks_.push_back(std::make_unique<char[]>(size_));
    used_ += size_;
  }

  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t size_ = 0, top_ = 0;  // of the last block
  std::size_t used_ = 0;
};

}  // namespace jinja
}  // namespace skald
