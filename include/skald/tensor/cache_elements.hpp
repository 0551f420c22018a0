// What caches are made of: rows of elements, each one number or several.
#pragma once
#include <concepts>

#include "skald/precision/half.hpp"

namespace skald::inline SKALD_ABI {

/// An element that holds several numbers, as Int8Group: `T::numbers`, `t[i]` and `t.assign(x, n)`. Any other has
/// to_float and from_float<T>.
template <class T>
concept GroupElement = requires(const T& t, T& to, const float* x, index_t i) {
  { T::numbers } -> std::convertible_to<index_t>;
  { t[i] } -> std::convertible_to<float>;
  { to.assign(x, i) } -> std::same_as<void>;
};

/// Elements that hold n numbers.
template <class T>
constexpr index_t elements_for(index_t n) {
  if constexpr (GroupElement<T>) return (n + T::numbers - 1) / T::numbers;
  else return n;
}

/// Number i of a row of elements.
template <class T>
float number_at(const T* row, index_t i) {
  if constexpr (GroupElement<T>) return row[i / T::numbers][i % T::numbers];
  else return to_float(row[i]);
}

/// n numbers into a row of elements.
template <class T>
void write_numbers(const float* x, index_t n, T* row) {
  if constexpr (GroupElement<T>) {
    for (index_t i = 0; i < n; i += T::numbers)
      row[i / T::numbers].assign(x + i, n - i < T::numbers ? n - i : T::numbers);
  } else {
    for (index_t i = 0; i < n; ++i) row[i] = from_float<T>(x[i]);
  }
}

/// Numbers [first, first + n) of a row of elements.
template <class T>
void read_numbers(const T* row, index_t first, index_t n, float* to) {
  if constexpr (GroupElement<T>) {
    for (index_t i = 0; i < n;) {
      const index_t at = (first + i) % T::numbers, count = T::numbers - at < n - i ? T::numbers - at : n - i;
      const T& group = row[(first + i) / T::numbers];
      for (index_t j = 0; j < count; ++j) to[i + j] = group[at + j];
      i += count;
    }
  } else {
    for (index_t i = 0; i < n; ++i) to[i] = to_float(row[first + i]);
  }
}

}  // namespace skald
