// A list with room for N elements inside: what a std::vector is on firmware.
#pragma once
#include <array>
#include <cstddef>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

/// What goes beyond the room is dropped and remembered: overflowed() is asked where it matters.
template <class T, std::size_t N>
class FixedList {
 public:
  using value_type = T;

  constexpr FixedList() = default;

  constexpr void push_back(const T& value) {
    if (size_ < N) items_[size_++] = value;
    else overflowed_ = true;
  }
  constexpr void clear() { size_ = 0, overflowed_ = false; }
  constexpr void resize(std::size_t n) {
    overflowed_ = overflowed_ || n > N;
    size_ = n < N ? n : N;
  }

  constexpr std::size_t size() const { return size_; }
  static constexpr std::size_t capacity() { return N; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr bool overflowed() const { return overflowed_; }
  constexpr T* data() { return items_.data(); }
  constexpr const T* data() const { return items_.data(); }
  constexpr T* begin() { return items_.data(); }
  constexpr T* end() { return items_.data() + size_; }
  constexpr const T* begin() const { return items_.data(); }
  constexpr const T* end() const { return items_.data() + size_; }
  constexpr T& operator[](std::size_t i) { return items_[i]; }
  constexpr const T& operator[](std::size_t i) const { return items_[i]; }
  constexpr T& back() { return items_[size_ - 1]; }
  constexpr const T& back() const { return items_[size_ - 1]; }

 private:
  std::array<T, N> items_{};
  std::size_t size_ = 0;
  bool overflowed_ = false;
};

}  // namespace skald
