// Regular expressions as grammars: what Python's re and ECMA-262 have in common and an automaton can do.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/grammar/grammar.hpp"
#include "skald/grammar/scanner.hpp"
#include "skald/grammar/text_form.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Reads a pattern into expressions. \d and \w are ASCII, \s white space of ASCII; their opposites are what is neither
/// in ASCII's class nor, for \S, in Unicode's.
class PatternReader {
 public:
  /// `whole`: the pattern must match the whole text; else, as JSON schemas read it, some part of it.
  PatternReader(Expressions& out, GrammarScanner& in, TextForm form, bool whole)
      : out_(out), in_(in), form_(form), whole_(whole) {}

  ExpressionId run() {
    const ExpressionId all = alternatives(0);
    if (!in_.at_end()) in_.fail(in_.peek() == ')' ? "a ) without its (" : "expected the end");
    return all;
  }

 private:
  static CharacterSet digits() { return {{'0', '9'}}; }
  static CharacterSet word() { return {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}; }
  static CharacterSet space(bool unicode) {
    CharacterSet set{{'\t', '\r'}, {' ', ' '}};
    if (unicode) {
      for (const CharacterRange r : {CharacterRange{0x1C, 0x1F}, {0x85, 0x85}, {0xA0, 0xA0}, {0x1680, 0x1680},
                                     {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F},
                                     {0x3000, 0x3000}, {0xFEFF, 0xFEFF}})
        set.add(r.first, r.last);
    }
    set.normalise();
    return set;
  }
  /// What . matches everywhere: no end of a line, Python's or ECMA's.
  static CharacterSet dot() { return CharacterSet{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}.complement(); }

  ExpressionId character(const CharacterSet& set) { return text_character(out_, set, form_); }
  ExpressionId anything() { return out_.repeat(character(CharacterSet{{0, 0x10FFFF}}), 0); }

  ExpressionId alternatives(int depth) {
    std::vector<ExpressionId> all{sequence(depth)};
    while (in_.take("|")) all.push_back(sequence(depth));
    return all.size() == 1 ? all[0] : out_.choice(all);
  }

  ExpressionId sequence(int depth) {
    std::vector<ExpressionId> all;
    const bool from_the_start = depth == 0 && in_.take("^");
    bool to_the_end = false;
    if (depth == 0 && !whole_ && !from_the_start) all.push_back(anything());
    while (!in_.at_end() && in_.peek() != '|' && in_.peek() != ')') {
      if (depth == 0 && in_.peek() == '$' && (in_.peek(1) == '|' || in_.position() + 1 == in_.text().size())) {
        in_.move(1);
        to_the_end = true;
        break;
      }
      const ExpressionId what = atom(depth);
      all.push_back(repeated(what));
    }
    if (depth == 0 && !whole_ && !to_the_end) all.push_back(anything());
    return all.size() == 1 ? all[0] : out_.sequence(all);
  }

  ExpressionId repeated(ExpressionId what) {
    while (!in_.at_end()) {
      std::int32_t min = 0, max = Expressions::unbounded;
      const std::size_t from = in_.position();
      if (in_.take("?")) {
        max = 1;
      } else if (in_.take("+")) {
        min = 1;
      } else if (in_.peek() == '{') {
        in_.move(1);
        in_.interval(min, max);
      } else if (!in_.take("*")) {
        break;
      }
      in_.take("?");  // lazy: the same texts match
      if (in_.peek() == '+') in_.fail("possessive repeats are not supported", FaultCode::unsupported);
      if (in_.peek() == '*' || in_.peek() == '?' || in_.peek() == '{') in_.fail("a repeat of a repeat");
      if (in_.failed()) break;
      if (from == in_.position()) break;
      what = out_.repeat(what, min, max);
    }
    return what;
  }

  ExpressionId atom(int depth) {
    const std::size_t from = in_.position();
    switch (in_.peek()) {
      case '(': in_.move(1); return group(depth, from);
      case '[': in_.move(1); return character(character_class(from));
      case '.': in_.move(1); return character(dot());
      case '\\': {
        in_.move(1);
        return character(escape(from, false));
      }
      case '^': case '$':
        in_.fail("^ and $ are supported at the ends of the pattern and of its alternatives", FaultCode::unsupported);
        break;
      case '*': case '+': case '?': case '{': in_.fail("nothing to repeat stands before this"); break;
      default: {
        const char32_t c = in_.character();
        return character(CharacterSet{{c, c}});
      }
    }
    return out_.empty();
  }

  ExpressionId group(int depth, std::size_t from) {
    if (!in_.deeper(depth + 1)) return out_.empty();
    if (in_.take("?")) {
      const bool looks_behind = in_.peek() == '<' && (in_.peek(1) == '=' || in_.peek(1) == '!');
      const bool named = in_.take("P<") || (!looks_behind && in_.take("<"));
      if (named) {
        while (!in_.at_end() && in_.peek() != '>') in_.move(1);
        if (!in_.take(">")) in_.fail_at(from, "a name without its >");
      } else if (in_.peek() == '=' || in_.peek() == '!' || in_.peek() == '<') {
        in_.fail_at(from, "lookarounds are not supported", FaultCode::unsupported);
      } else if (!in_.take(":")) {
        in_.fail_at(from, "this kind of group is not supported", FaultCode::unsupported);
      }
    }
    const ExpressionId inner = alternatives(depth + 1);
    if (!in_.take(")")) in_.fail_at(from, "a ( without its )");
    return inner;
  }

  /// Behind the \.
  CharacterSet escape(std::size_t from, bool in_class) {
    if (in_.at_end()) return in_.fail_at(from, "expected a character behind \\"), CharacterSet{};
    const char32_t c = in_.character();
    const auto one = [](char32_t x) { return CharacterSet{{x, x}}; };
    switch (c) {
      case 'd': return digits();
      case 'D': return digits().complement();
      case 'w': return word();
      case 'W': return word().complement();
      case 's': return space(false);
      case 'S': return space(true).complement();
      case 'n': return one('\n');
      case 'r': return one('\r');
      case 't': return one('\t');
      case 'f': return one('\f');
      case 'v': return one('\v');
      case 'x': return one(in_.hexadecimal(2));
      case 'u': return one(in_.take("{") ? braced() : in_.hexadecimal(4));
      case 'U': return one(in_.hexadecimal(8));
      case '0':
        if (in_.peek() < '0' || in_.peek() > '9') return one(0);
        break;
      case 'b':
        if (in_class) return one('\b');
        break;
      default: break;
    }
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c < 0x80) return one(c);
    const bool reference = (c >= '0' && c <= '9') || c == 'k';
    const bool boundary = c == 'b' || c == 'B' || c == 'A' || c == 'Z' || c == 'z';
    in_.fail_at(from, reference          ? "references to groups are not supported"
                      : boundary         ? "boundaries are not supported"
                      : c == 'p' || c == 'P' ? "Unicode properties are not supported"
                                             : "no such escape", FaultCode::unsupported);
    return {};
  }

  char32_t braced() {
    const std::size_t end = std::min(in_.text().find('}', in_.position()), in_.position() + 8);
    const char32_t c = in_.hexadecimal(std::max(int(end - in_.position()), 1));
    if (!in_.take("}")) in_.fail("expected }");
    return c;
  }

  CharacterSet character_class(std::size_t from) {
    const bool negated = in_.take("^");
    CharacterSet set;
    for (bool first = true; !in_.at_end() && (in_.peek() != ']' || first); first = false) {
      if (in_.peek() == ']' && in_.text().find(']', in_.position() + 1) == std::string_view::npos) break;
      const std::size_t at = in_.position();
      const CharacterSet low = class_item();
      if (in_.peek() != '-' || in_.peek(1) == ']' || in_.position() + 1 >= in_.text().size()) {
        set.add(low);
        continue;
      }
      in_.move(1);
      const CharacterSet high = class_item();
      if (in_.failed()) break;
      const auto is_one = [](const CharacterSet& s) {
        return s.ranges().size() == 1 && s.ranges()[0].first == s.ranges()[0].last;
      };
      if (!is_one(low) || !is_one(high)) {
        in_.fail_at(at, "a range needs a character on both sides");
      } else if (high.ranges()[0].first < low.ranges()[0].first) {
        in_.fail_at(at, "a range from the later character to the earlier");
      } else {
        set.add(low.ranges()[0].first, high.ranges()[0].first);
      }
    }
    if (!in_.take("]")) in_.fail_at(from, "a [ without its ]");
    set.normalise();
    return negated ? set.complement() : set;
  }

  CharacterSet class_item() {
    const std::size_t from = in_.position();
    if (in_.take("\\")) return escape(from, true);
    if (in_.starts_with("[:")) in_.fail("POSIX classes are not supported", FaultCode::unsupported);
    if (in_.failed()) return {};
    const char32_t c = in_.character();
    return CharacterSet{{c, c}};
  }

  Expressions& out_;
  GrammarScanner& in_;
  TextForm form_;
  bool whole_;
};

}  // namespace detail

/// The texts that a regular expression matches as a whole (Python's re.fullmatch): classes, escapes, groups,
/// alternatives and repeats over Unicode. See docs/structured_output.md.
/// Errors, with line and column: malformed; unsupported, what no automaton can do (references, lookarounds) and what
/// passes the limits.
inline Result<Grammar> try_grammar_from_regex(std::string_view pattern, const GrammarLimits& limits = {}) {
  detail::GrammarScanner in(pattern, "pattern", limits);
  detail::Expressions out(limits);
  const detail::RuleId root = out.add_rule("the pattern");
  out.define(root, detail::PatternReader(out, in, detail::TextForm::plain, true).run());
  if (in.failed()) return std::move(in).error();
  return detail::make_grammar(out, "pattern");
}
template <class Limits = GrammarLimits>
Grammar grammar_from_regex(std::string_view pattern, const Limits& limits = {}) {
  return unwrap(try_grammar_from_regex(pattern, limits));
}

}  // namespace skald
