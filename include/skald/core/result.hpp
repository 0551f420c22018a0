// A value or the reason why there is none; `unwrap` is the only throw in the library.
#pragma once
#include <new>
#include <type_traits>
#include <utility>

#include "skald/core/error.hpp"
#include "skald/core/type_list.hpp"

namespace skald::inline SKALD_ABI {

/// What every `try_x` returns. `if (!r) use(r.error()); else use(*r);`
/// A union by hand: std::variant costs every user's compiler about a millisecond for each T.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : value_(std::move(value)), good_(true) {}
  Result(Error error) : error_(std::move(error)), good_(false) {}
  Result(const Fault& f) : error_(f), good_(false) {}

  Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : good_(other.good_) {
    if (good_) ::new (static_cast<void*>(&value_)) T(std::move(other.value_));
    else ::new (static_cast<void*>(&error_)) Error(std::move(other.error_));
  }
  Result(const Result& other)
    requires std::is_copy_constructible_v<T>
      : good_(other.good_) {
    if (good_) ::new (static_cast<void*>(&value_)) T(other.value_);
    else ::new (static_cast<void*>(&error_)) Error(other.error_);
  }
  /// One operator for copies and moves: the old value goes only when the new one is there.
  Result& operator=(Result other) noexcept(std::is_nothrow_move_constructible_v<T>) {
    this->~Result();
    ::new (static_cast<void*>(this)) Result(std::move(other));
    return *this;
  }
  ~Result() {
    if (good_) value_.~T();
    else error_.~Error();
  }

  bool has_value() const noexcept { return good_; }
  explicit operator bool() const noexcept { return good_; }

  T& operator*() & noexcept { return value_; }
  const T& operator*() const& noexcept { return value_; }
  T&& operator*() && noexcept { return std::move(value_); }
  T* operator->() noexcept { return &value_; }
  const T* operator->() const noexcept { return &value_; }

  Error& error() & noexcept { return error_; }
  const Error& error() const& noexcept { return error_; }
  Error&& error() && noexcept { return std::move(error_); }

 private:
  union {
    T value_;
    Error error_;
  };
  bool good_;
};

/// Success carries nothing.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}
  Result(const Fault& f) : failed_(bool(f)) {
    if (failed_) error_ = Error(f);
  }

  bool has_value() const noexcept { return !failed_; }
  explicit operator bool() const noexcept { return !failed_; }
  Error& error() & noexcept { return error_; }
  const Error& error() const& noexcept { return error_; }
  Error&& error() && noexcept { return std::move(error_); }

 private:
  Error error_;
  bool failed_ = false;
};

/// The value, or `throw Error`. Without exceptions it does not exist: one sentence says what to write instead.
template <class T>
T unwrap(Result<T>&& r) {
#if SKALD_EXCEPTIONS
  if (!r) throw std::move(r).error();
  if constexpr (!std::is_void_v<T>) return *std::move(r);
#else
  static_assert(always_false<T>,
                "skald: built without exceptions; write try_generate / try_from_pretrained, which return Result<T>. "
                "See docs/errors.md");
  if constexpr (!std::is_void_v<T>) return *std::move(r);
#endif
}

}  // namespace skald
