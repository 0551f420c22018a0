// The parts of a regular expression that stand for one character: escapes, properties, and classes in brackets.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/text/regex_class.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Base of RegexRewriter. The first fault is kept and moves the reader to the pattern's end, so that loops stop.
class RegexReader {
 protected:
  RegexReader(std::string_view pattern, bool (*is_script)(std::string_view))
      : pattern_(pattern), is_script_(is_script) {}

  bool failed() const { return error_.code() != FaultCode::none; }
  void fail(std::string_view what) {
    if (!failed()) {
      error_ = Error(FaultCode::unsupported, std::string("at byte ").append(std::to_string(at_))
                                                 .append(" of the pattern: ").append(what));
    }
    at_ = pattern_.size();
  }
  bool more() const { return at_ < pattern_.size(); }
  bool take(std::string_view text) {
    if (!pattern_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }

  /// \d \w \s \h and their opposites, \p{..}: what may stand inside brackets too. Leaves at_ behind it.
  bool class_escape(RegexSet& set, bool& negated) {
    const char c = pattern_[at_];
    if (c == 'p' || c == 'P') {
      const std::size_t end = pattern_.substr(at_).find('}');
      if (end == none || end < 3 || pattern_[at_ + 1] != '{') return false;
      std::string_view name = pattern_.substr(at_ + 2, end - 2);
      negated = c == 'P';
      if (name.starts_with('^')) { negated = !negated; name.remove_prefix(1); }
      const auto property = property_set(name, is_script_);
      if (!property) return fail("an unknown property"), true;
      set = *property;
      at_ += end + 1;
      return true;
    }
    switch (c) {
      case 's': case 'S': set = white_space_set(c == 'S'); break;
      case 'd': case 'D': set = category_set("Nd"); negated = c == 'D'; break;
      case 'w': case 'W': set = word_set(); negated = c == 'W'; break;
      case 'h': case 'H': set = *posix_set("xdigit"); negated = c == 'H'; break;
      default: return false;
    }
    ++at_;
    return true;
  }

  /// The character that \n, \x41, \u0041, \101 or an escaped punctuation mark is. Leaves at_ behind it.
  char32_t character_escape() {
    const CodePoint c = decode_utf8(pattern_.data() + at_);
    at_ += std::size_t(c.size);
    switch (c.value) {
      case 't': return '\t';
      case 'n': return '\n';
      case 'r': return '\r';
      case 'f': return '\f';
      case 'v': return '\v';
      case 'a': return '\a';
      case 'e': return 0x1B;
      case 'u': return number(16, 4, 4);
      case 'x': {
        if (!take("{")) return number(16, 1, 2, 0x7F);  // above, Oniguruma means a byte of the encoding
        const char32_t value = number(16, 1, 8);
        if (!take("}")) fail("a \\x{ that is not closed");
        return value;
      }
      default: break;
    }
    if (c.value >= '0' && c.value <= '7') {
      --at_;
      return number(8, 1, 3, 0x7F);
    }
    return c.value;
  }

  char32_t number(unsigned base, int at_least, int at_most, char32_t limit = 0x10FFFF) {
    char32_t value = 0;
    int n = 0;
    for (; n < at_most && more(); ++n, ++at_) {
      const char c = ascii_lowercase(pattern_[at_]);
      const bool decimal = c >= '0' && c <= '9';
      const unsigned digit = decimal ? unsigned(c - '0') : c >= 'a' && c <= 'f' ? unsigned(c - 'a') + 10 : 99;
      if (digit >= base) break;
      value = value * base + digit;
    }
    if (n < at_least || value > limit || (value >= 0xD800 && value <= 0xDFFF)) fail("a number that is no character");
    return value;
  }

  /// The expression of a class; at_ is behind its opening bracket and comes to stand behind the closing one.
  std::string bracket() {
    RegexSet set;
    const bool negated = read_bracket(set, 0);
    return regex_of(set, negated);
  }

  static constexpr std::size_t none = std::string::npos;
  std::string_view pattern_;
  bool (*is_script_)(std::string_view);
  std::size_t at_ = 0;
  Error error_;  // code none: all is well

 private:
  /// Returns whether the class is negated.
  bool read_bracket(RegexSet& set, int depth) {
    if (depth > 20) fail("more than 20 classes within each other");
    const bool negated = take("^");
    std::vector<std::string> left;  // of each &&
    const std::size_t start = at_;
    while (more()) {
      if (pattern_[at_] == ']' && (at_ > start || pattern_.substr(at_ + 1).find(']') == none)) {
        ++at_;
        if (left.empty()) return negated;
        std::string all = "(?:";
        for (const std::string& one : left) all.append("(?=").append(one).append(")");
        set = {"", {all.append(regex_of(set, false)).append(")")}};
        return negated;
      }
      if (take("&&")) {
        left.push_back(regex_of(set, false));
        set = {};
      } else if (take("[:")) {
        add_posix(set);
      } else if (take("[")) {
        RegexSet inner;
        const bool inner_negated = read_bracket(inner, depth + 1);
        set.add(inner_negated ? complement(inner) : inner);
      } else {
        add_member(set);
      }
    }
    fail("a class that is not closed");
    return negated;
  }

  void add_posix(RegexSet& set) {
    const bool negated = take("^");
    const std::size_t end = pattern_.substr(at_).find(":]");
    const auto posix = end == none ? std::nullopt : posix_set(pattern_.substr(at_, end));
    if (!posix) return fail("an unknown class in [: :]");
    set.add(negated ? complement(*posix) : *posix);
    at_ += end + 2;
  }

  /// A character, a range of characters or an escaped set.
  void add_member(RegexSet& set) {
    char32_t first = 0;
    if (read_member(set, first)) return literal_hyphen(set);
    const bool range = pattern_.substr(at_).starts_with('-') && !pattern_.substr(at_).starts_with("-]") &&
                       at_ + 1 < pattern_.size();
    char32_t last = first;
    if (range) {
      ++at_;
      if (pattern_[at_] == '[' || read_member(set, last)) return fail("a set at the end of a range");
      if (last < first) return fail("a range whose end lies before its start");
    }
    append_regex_range(set.items, first, last);
    if (range) literal_hyphen(set);
  }

  /// Reads one character, or adds an escaped set and returns true.
  bool read_member(RegexSet& set, char32_t& c) {
    if (take("\\")) {
      RegexSet escaped;
      bool negated = false;
      if (!more()) {
        fail("a backslash at the end");
      } else if (class_escape(escaped, negated)) {
        set.add(negated ? complement(escaped) : escaped);
        return true;
      } else {
        c = take("b") ? U'\b' : character_escape();
      }
      return false;
    }
    const CodePoint literal = decode_utf8(pattern_.data() + at_);
    at_ += std::size_t(literal.size);
    c = literal.value;
    return false;
  }

  /// Behind a set or a range, a hyphen stands for itself.
  void literal_hyphen(RegexSet& set) {
    if (!take("-")) return;
    if (pattern_.substr(at_).starts_with('-')) return fail("a range without a start");
    append_regex_character(set.items, U'-');
  }
};

}  // namespace detail
}  // namespace skald
