// Reading the text of a grammar or a pattern: where it stands, and what is wrong there.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "skald/core/result.hpp"
#include "skald/grammar/limits.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// The first fault stays; after it every reader does nothing more.
class GrammarScanner {
 public:
  GrammarScanner(std::string_view text, std::string name, const GrammarLimits& limits)
      : text_(text), name_(std::move(name)), limits_(limits) {
    if (text.size() > limits.text) {
      fail("longer than GrammarLimits::text, " + std::to_string(limits.text) + " bytes", FaultCode::unsupported);
    } else if (const std::size_t good = valid_utf8_prefix(text); good < text.size()) {
      at_ = good;
      fail("not UTF-8");
    }
  }

  bool failed() const { return error_.has_value(); }
  Error error() && { return *std::move(error_); }
  const std::string& name() const { return name_; }

  bool at_end() const { return failed() || at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool starts_with(std::string_view s) const { return !failed() && text_.substr(at_).starts_with(s); }
  std::size_t position() const { return at_; }
  void move(std::size_t n) { at_ += n; }
  void move_to(std::size_t position) { at_ = position; }
  std::string_view text() const { return text_; }

  bool take(std::string_view s) {
    const bool there = starts_with(s);
    if (there) at_ += s.size();
    return there;
  }

  /// The character here; the text must not be at its end.
  char32_t character() {
    const CodePoint c = decode_utf8(text_.data() + at_);
    at_ += std::size_t(c.size);
    return c.value;
  }

  /// Exactly `digits` hexadecimal digits.
  char32_t hexadecimal(int digits) {
    char32_t value = 0;
    for (int i = 0; i < digits; ++i, ++at_) {
      const char c = peek();
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                                       : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
      if (digit < 0) return fail("expected " + std::to_string(digits) + " hexadecimal digits"), char32_t(0);
      value = value << 4 | char32_t(digit);
    }
    if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) fail("no character has this number");
    return value;
  }

  /// A number below 2^30; none where no digit stands.
  std::optional<std::int32_t> number() {
    if (peek() < '0' || peek() > '9') return std::nullopt;
    std::int32_t value = 0;
    for (; peek() >= '0' && peek() <= '9'; ++at_) {
      value = value * 10 + (peek() - '0');
      if (value > 100'000'000) return fail("a number too large", FaultCode::unsupported), 0;
    }
    return value;
  }

  /// What stands in braces, behind the opening one: {n}, {n,}, {n,m}. max: -1 for any number.
  bool interval(std::int32_t& min, std::int32_t& max) {
    const auto least = number();
    min = max = least.value_or(0);
    if (take(",")) max = number().value_or(-1);
    else if (!least) fail("expected a number");
    if (!take("}")) fail("expected }");
    if (max >= 0 && max < min) fail("{" + std::to_string(min) + "," + std::to_string(max) + "}: from more to less");
    return !failed();
  }

  /// "line 2, column 7" of a place in the text; columns count characters, both from one.
  std::string place(std::size_t at) const {
    std::size_t line = 1, column = 1;
    for (const char c : text_.substr(0, at)) {
      if (c == '\n') ++line, column = 1;
      else if (!is_continuation(c)) ++column;
    }
    return std::string("line ").append(std::to_string(line)).append(", column ").append(std::to_string(column));
  }

  void fail(std::string_view why, FaultCode code = FaultCode::malformed) { fail_at(at_, why, code); }
  void fail_at(std::size_t at, std::string_view why, FaultCode code = FaultCode::malformed) {
    if (error_) return;
    error_.emplace(code, std::string(name_).append(": ").append(place(std::min(at, text_.size()))).append(": ")
                             .append(why));
  }

  /// One more group inside a group: false, with the error, where that is too deep.
  bool deeper(int depth) {
    if (depth > limits_.nesting) fail("deeper than GrammarLimits::nesting", FaultCode::unsupported);
    return !failed();
  }

 private:
  std::string_view text_;
  std::string name_;
  GrammarLimits limits_;
  std::size_t at_ = 0;
  std::optional<Error> error_;
};

}  // namespace detail
}  // namespace skald
