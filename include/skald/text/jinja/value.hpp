// A value of a template: what a Python object is to Python's Jinja.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

enum class Kind : std::uint8_t {
  missing,  // no value at all: a variable not set yet, an argument not given
  undefined, none, boolean, integer, big_integer, real, string, bytes,
  list, tuple, dict, keys, values, items, range, generator,
  name_space, function, method, macro, loop, cycler, joiner, self, block,
};

struct Dict;
class Runtime;
struct Range;
struct Undefined;

/// 24 bytes, copied freely. Texts, lists and the rest lie in an Arena (or, texts, with the caller) and do not change:
/// the sandbox has no method that would change them. Only namespaces, loops and their like have a state.
class Value {
 public:
  constexpr Value() = default;
  constexpr Value(bool b) : kind_(Kind::boolean), integer_(b) {}
  constexpr Value(std::int64_t i) : kind_(Kind::integer), integer_(i) {}
  constexpr Value(double d) : kind_(Kind::real), real_(d) {}
  constexpr Value(std::string_view s, bool markup = false)
      : kind_(Kind::string), flag_(markup), size_(s.size()), text_(s.data()) {}
  template <class T>
  Value(T) = delete;  // an int is no bool, a literal no pointer

  static constexpr Value none() { return of(Kind::none, nullptr); }
  static constexpr Value integer(std::size_t n) { return Value(std::int64_t(n)); }
  static constexpr Value list(std::span<const Value> v) { return of(Kind::list, v.data(), v.size()); }
  static constexpr Value tuple(std::span<const Value> v) { return of(Kind::tuple, v.data(), v.size()); }
  static constexpr Value of(Kind kind, const void* object, std::size_t size = 0, bool flag = false) {
    Value v;
    v.kind_ = kind;
    v.flag_ = flag;
    v.size_ = size;
    v.object_ = object;
    return v;
  }

  constexpr Kind kind() const { return kind_; }
  constexpr bool is(Kind k) const { return kind_ == k; }
  constexpr bool is_missing() const { return kind_ == Kind::missing; }
  constexpr bool is_undefined() const { return kind_ == Kind::undefined; }
  constexpr bool is_none() const { return kind_ == Kind::none; }
  constexpr bool is_string() const { return kind_ == Kind::string; }
  /// Python's int, of which bool is one.
  constexpr bool is_integer() const { return kind_ >= Kind::boolean && kind_ <= Kind::big_integer; }
  constexpr bool is_number() const { return kind_ >= Kind::boolean && kind_ <= Kind::real; }
  constexpr bool is_sequence() const { return kind_ == Kind::list || kind_ == Kind::tuple; }
  constexpr bool is_callable() const {
    return kind_ >= Kind::function && kind_ <= Kind::block && kind_ != Kind::cycler && kind_ != Kind::self;
  }

  constexpr bool boolean() const { return integer_ != 0; }
  constexpr std::int64_t small() const { return integer_; }  ///< of a boolean or an integer
  constexpr double real() const { return real_; }
  constexpr std::string_view text() const { return {text_, size_}; }  ///< of a string or bytes
  constexpr bool is_markup() const { return flag_ && kind_ == Kind::string; }
  constexpr Value as_markup(bool markup = true) const {
    Value v = *this;
    v.flag_ = markup;
    return v;
  }
  /// groupby's pairs have names.
  constexpr bool is_group() const { return flag_ && kind_ == Kind::tuple; }
  constexpr bool is_negative() const { return flag_; }  ///< of a big_integer
  constexpr std::size_t size() const { return size_; }
  std::span<const Value> elements() const { return {static_cast<const Value*>(object_), size_}; }
  const void* object() const { return object_; }
  template <class T>
  const T& as() const {
    return *static_cast<const T*>(object_);
  }
  /// For what has a state.
  template <class T>
  T& state() const {
    return *static_cast<T*>(const_cast<void*>(object_));
  }
  const Dict& dict() const { return as<Dict>(); }

 private:
  Kind kind_ = Kind::missing;
  bool flag_ = false;
  std::size_t size_ = 0;
  union {
    std::int64_t integer_ = 0;
    double real_;
    const char* text_;
    const void* object_;
  };
};

/// Members in the order they came in.
/// What stands between two values.
enum class Operator : std::uint8_t {
  add, subtract, multiply, divide, floor_divide, modulo, power,
  equal, not_equal, less, less_equal, greater, greater_equal, in, not_in,
};

struct Dict {
  struct Entry {
    Value key, value;
  };
  std::span<const Entry> entries;
  std::span<const std::uint32_t> index;  // a hash table of 1 + a place in entries; empty for small ones

  /// The value of a key, or null; also null with an error for what can not be a key. dict.hpp.
  const Value* find(Runtime& rt, const Value& key) const;
};

struct Range {
  std::int64_t start, stop, step;

  std::int64_t size() const {
    if (step > 0 ? start >= stop : start <= stop) return 0;
    const auto distance =
        step > 0 ? std::uint64_t(stop) - std::uint64_t(start) : std::uint64_t(start) - std::uint64_t(stop);
    const std::uint64_t stride = step > 0 ? std::uint64_t(step) : 0 - std::uint64_t(step);
    return std::int64_t((distance - 1) / stride + 1);
  }
  std::int64_t operator[](std::int64_t i) const { return start + i * step; }
};

/// Why there is no value: a variable of no name known, a member that is not there, or `hint`.
struct Undefined {
  std::string_view hint;
  Value object;  // missing: a variable
  Value name;
  bool forbidden = false;  // using it is a SecurityError
};

}  // namespace jinja
}  // namespace skald
