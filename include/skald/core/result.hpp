// A value or the reason why there is none; `unwrap` is the only throw in the library.
#pragma once
#include <new>
#include <type_traits>
#include <utility>
#include <variant>

#include "skald/core/error.hpp"
#include "skald/core/type_list.hpp"

namespace skald::inline SKALD_ABI {

/// What every `try_x` returns. `if (!r) use(r.error()); else use(*r);`
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  Result(const Fault& f) : state_(std::in_place_index<1>, Error(f)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& operator*() & noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }

  Error& error() & noexcept { return *std::get_if<1>(&state_); }
  const Error& error() const& noexcept { return *std::get_if<1>(&state_); }
  Error&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
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
