// What every part of the interpreter works with: memory, bounds, and the first thing that went wrong.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/jinja/arena.hpp"
#include "skald/text/jinja/error_class.hpp"
#include "skald/text/jinja/value.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// What a template may ask of us; meeting a bound is an error, never a hang or a crash.
struct Limits {
  std::size_t source = 4u << 20;        ///< bytes of a template
  int nesting = 200;                    ///< blocks and parentheses within each other
  std::uint64_t steps = 50'000'000;     ///< nodes evaluated and elements visited; some tenths of a second
  std::size_t memory = 256u << 20;      ///< bytes of values
  std::size_t output = 64u << 20;       ///< bytes of text
  int depth = 1000;                     ///< evaluations within each other; some hundred bytes of stack each
};

struct Failure {
  ErrorClass error_class{};
  std::string message;
  std::uint32_t at = 0;  // a place of the source
};

class Runtime {
 public:
  explicit Runtime(const Limits& limits) : limits_(limits), steps_(limits.steps) {}
  Runtime(const Runtime&) = delete;

  Arena& arena() { return arena_; }
  const Limits& limits() const { return limits_; }

  // What went wrong. After it everything gives none, quickly, until the call ends.

  bool failed() const { return failed_; }
  const Failure& failure() const { return failure_; }
  Value fail(ErrorClass c, std::string message) {
    if (!failed_) failure_ = {c, std::move(message), at_};
    failed_ = true;
    return Value::none();
  }
  Value type_error(std::string message) { return fail(ErrorClass::type, std::move(message)); }
  Value value_error(std::string message) { return fail(ErrorClass::value, std::move(message)); }
  /// The place that messages speak of.
  void stand_at(std::uint32_t at) { at_ = at; }
  std::uint32_t at() const { return at_; }

  // Bounds.

  /// Counts n steps; false when that is too many or something has failed.
  bool tick(std::uint64_t n = 1) {
    if (failed_) return false;
    if (steps_ < n) {
      fail(ErrorClass::limit, "expected at most " + std::to_string(limits_.steps) + " steps");
      return false;
    }
    steps_ -= n;
    return arena_.used() <= limits_.memory || room(0);
  }
  /// Whether so many more bytes may be used.
  bool room(std::size_t bytes) {
    if (failed_) return false;
    if (arena_.used() <= limits_.memory && bytes <= limits_.memory - arena_.used()) return true;
    fail(ErrorClass::limit, "expected at most " + std::to_string(limits_.memory) + " bytes of values");
    return false;
  }
  bool enter() {
    if (++depth_ <= limits_.depth) return !failed_;
    fail(ErrorClass::recursion, "maximum recursion depth exceeded");
    return false;
  }
  void leave() { --depth_; }
  void set_depth(int most) { limits_.depth = most; }

  // Making values.

  Value string(std::string_view text, bool markup = false) {
    if (!room(text.size())) return Value::none();
    return Value(arena_.text(text), markup);
  }
  Value join(std::string_view a, std::string_view b, bool markup = false) {
    if (!room(a.size() + b.size())) return Value::none();
    return Value(arena_.join(a, b), markup);
  }
  Value list(std::span<const Value> v) { return Value::list(copy(v)); }
  Value tuple(std::span<const Value> v) { return Value::tuple(copy(v)); }
  Value tuple(std::initializer_list<Value> v) { return tuple(std::span(v.begin(), v.size())); }

  Value undefined(Value name) { return undefined({.hint = {}, .object = {}, .name = name}); }
  Value undefined(const Undefined& why) { return Value::of(Kind::undefined, arena_.make(why)); }

  bool autoescape = false;
  int microsecond = 0;  // of the clock; for `random`

 private:
  std::span<const Value> copy(std::span<const Value> v) {
    if (!room(v.size_bytes())) return {};
    Value* const to = arena_.array<Value>(v.size());
    for (std::size_t i = 0; i < v.size(); ++i) to[i] = v[i];
    return {to, v.size()};
  }

  Limits limits_;
  Arena arena_;
  Failure failure_;
  std::uint64_t steps_;
  int depth_ = 0;
  std::uint32_t at_ = 0;
  bool failed_ = false;
};

/// One level deeper for as long as it lives; false: too deep, or something has failed.
class Depth {
 public:
  explicit Depth(Runtime& rt) : rt_(rt), entered_(rt.enter()) {}
  ~Depth() { rt_.leave(); }
  Depth(const Depth&) = delete;
  explicit operator bool() const { return entered_; }

 private:
  Runtime& rt_;
  bool entered_;
};

/// A text under way, never larger than the bounds allow.
class TextBuilder {
 public:
  explicit TextBuilder(Runtime& rt) : rt_(rt) {}

  TextBuilder& append(std::string_view more) {
    if (text_.size() + more.size() < 4096 || rt_.room(text_.size() + more.size())) text_.append(more);
    return *this;
  }
  TextBuilder& append(std::size_t n, char c) {
    if (rt_.room(text_.size() + n)) text_.append(n, c);
    return *this;
  }
  void push(char c) { text_.push_back(c); }
  std::string& text() { return text_; }
  Value value(bool markup = false) { return rt_.string(text_, markup); }

 private:
  Runtime& rt_;
  std::string text_;
};

}  // namespace jinja
}  // namespace skald
