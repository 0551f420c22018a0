// Grammars in GBNF (llama.cpp) and in the EBNF of the W3C, which share one notation.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/grammar/grammar.hpp"
#include "skald/grammar/scanner.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// rule ::= alternatives; a rule ends where the next name and ::= stand, or the text ends.
class EbnfReader {
 public:
  EbnfReader(std::string_view text, const GrammarLimits& limits)
      : in_(text, "grammar", limits), out_(limits) {}

  Result<Grammar> run() {
    rule_of("root", 0);  // the whole is rule 0
    space();
    if (in_.at_end()) in_.fail("expected a rule: root ::= ...");
    while (!in_.at_end()) definition();
    for (std::size_t r = 0; r < out_.rules().size() && !in_.failed(); ++r) {
      if (out_.rules()[r].body >= 0) continue;
      in_.fail_at(used_at_[r], r == 0 ? "no rule is named root" : out_.rules()[r].name + " is not defined",
                  FaultCode::not_found);
    }
    if (in_.failed()) return std::move(in_).error();
    return make_grammar(out_, in_.name());
  }

 private:
  static bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  }

  /// White space and comments: # to the end of the line, /* ... */.
  void space() {
    while (!in_.at_end()) {
      const char c = in_.peek();
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        in_.move(1);
      } else if (c == '#') {
        if (in_.peek(1) == 'x' && is_hexadecimal(in_.peek(2))) {
          return in_.fail("#xN is a comment in GBNF and a character for the W3C: write \"\\xNN\" or \"\\uNNNN\"");
        }
        while (!in_.at_end() && in_.peek() != '\n') in_.move(1);
      } else if (in_.starts_with("/*")) {
        const std::size_t end = in_.text().find("*/", in_.position() + 2);
        if (end == std::string_view::npos) return in_.fail("a comment that does not end");
        in_.move_to(end + 2);
      } else {
        return;
      }
    }
  }
  static bool is_hexadecimal(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  std::string_view name() {
    const std::size_t from = in_.position();
    while (!in_.at_end() && is_name(in_.peek())) in_.move(1);
    return in_.text().substr(from, in_.position() - from);
  }

  RuleId rule_of(std::string_view name, std::size_t at) {
    const auto [found, fresh] = ids_.try_emplace(std::string(name), RuleId(out_.rules().size()));
    if (fresh) {
      out_.add_rule("rule \"" + std::string(name) + "\"", in_.place(at));
      used_at_.push_back(at);
    }
    return found->second;
  }

  /// Whether a name and ::= stand here: the next rule.
  bool at_definition() {
    const std::size_t from = in_.position();
    const bool named = !name().empty();
    if (named) space();
    const bool found = named && in_.starts_with("::=");
    in_.move_to(from);
    return found;
  }

  void definition() {
    const std::size_t from = in_.position();
    if (!at_definition()) return in_.fail("expected a rule: name ::= ...");
    const std::string_view rule_name = name();
    const RuleId rule = rule_of(rule_name, from);
    if (out_.rules()[std::size_t(rule)].body >= 0) {
      return in_.fail_at(from, out_.rules()[std::size_t(rule)].name + " is defined twice");
    }
    space();
    in_.move(3);
    const ExpressionId body = alternatives(0);
    out_.define(rule, body);
    if (!in_.at_end() && !at_definition()) in_.fail("expected |, a rule or the end");
  }

  ExpressionId alternatives(int depth) {
    std::vector<ExpressionId> all{sequence(depth)};
    while (in_.take("|")) all.push_back(sequence(depth));
    return all.size() == 1 ? all[0] : out_.choice(all);
  }

  ExpressionId sequence(int depth) {
    std::vector<ExpressionId> all;
    for (space(); !in_.at_end(); space()) {
      const char c = in_.peek();
      if (c == '|' || c == ')' || (is_name(c) && at_definition())) break;
      if (c == '*' || c == '+' || c == '?' || c == '{') {
        in_.fail("nothing to repeat stands before this");
        break;
      }
      const ExpressionId what = item(depth);
      all.push_back(repeated(what));
    }
    return all.size() == 1 ? all[0] : out_.sequence(all);
  }

  ExpressionId repeated(ExpressionId what) {
    for (space(); !in_.at_end(); space()) {
      std::int32_t min = 0, max = Expressions::unbounded;
      if (in_.take("{")) {
        space();
        in_.interval(min, max);
      } else if (in_.take("?")) {
        max = 1;
      } else if (in_.take("+")) {
        min = 1;
      } else if (!in_.take("*")) {
        break;
      }
      what = out_.repeat(what, min, max);
    }
    return what;
  }

  ExpressionId item(int depth) {
    const std::size_t from = in_.position();
    const char c = in_.peek();
    if (is_name(c) && c != '-') return out_.rule(rule_of(name(), from));
    in_.move(1);
    switch (c) {
      case '"': case '\'': return literal(c);
      case '[': return out_.character(character_class());
      case '.': return out_.character(CharacterSet{{0, 0x10FFFF}});
      case '(': {
        if (!in_.deeper(depth + 1)) return out_.empty();
        const ExpressionId inner = alternatives(depth + 1);
        if (!in_.take(")")) in_.fail("expected )");
        return inner;
      }
      case '<': case '!':
        in_.fail_at(from, "tokens as parts of a grammar are not supported", FaultCode::unsupported);
        break;
      case '-': in_.fail_at(from, "differences A - B are not supported", FaultCode::unsupported); break;
      default: in_.fail_at(from, "expected a name, \"text\", [characters], . or (");
    }
    return out_.empty();
  }

  ExpressionId literal(char quote) {
    const std::size_t from = in_.position() - 1;
    std::vector<ExpressionId> all;
    while (!in_.at_end() && in_.peek() != quote) {
      const char32_t c = in_.peek() == '\\' ? escape() : in_.character();
      std::string bytes;
      append_utf8(bytes, c);
      for (const char b : bytes) all.push_back(out_.bytes(std::uint8_t(b), std::uint8_t(b)));
    }
    if (!in_.take(std::string_view(&quote, 1))) in_.fail_at(from, "text without a closing quote");
    return out_.sequence(all);
  }

  char32_t escape() {
    in_.move(1);
    if (in_.at_end()) return in_.fail("expected a character behind \\"), char32_t(0);
    const char32_t c = in_.character();
    switch (c) {
      case 'n': return '\n';
      case 'r': return '\r';
      case 't': return '\t';
      case 'x': return in_.hexadecimal(2);
      case 'u': return in_.hexadecimal(4);
      case 'U': return in_.hexadecimal(8);
      case '"': case '\'': case '\\': case '[': case ']': case '-': case '^': return c;
      default: in_.fail_at(in_.position() - 2, "no such escape"); return c;
    }
  }

  CharacterSet character_class() {
    const std::size_t from = in_.position() - 1;
    const bool negated = in_.take("^");
    CharacterSet set;
    while (!in_.at_end() && in_.peek() != ']') {
      const std::size_t at = in_.position();
      const char32_t first = in_.peek() == '\\' ? escape() : in_.character();
      char32_t last = first;
      if (in_.peek() == '-' && in_.peek(1) != ']') {
        in_.move(1);
        if (in_.at_end()) break;
        last = in_.peek() == '\\' ? escape() : in_.character();
      }
      if (last < first) in_.fail_at(at, "a range from the later character to the earlier");
      set.add(first, last);
    }
    if (!in_.take("]")) in_.fail_at(from, "a class without a closing ]");
    set.normalise();
    return negated ? set.complement() : set;
  }

  GrammarScanner in_;
  Expressions out_;
  std::map<std::string, RuleId, std::less<>> ids_;
  std::vector<std::size_t> used_at_;  // a rule: where it stands first
};

}  // namespace detail

/// A grammar in GBNF, the notation of llama.cpp, or in the W3C's EBNF without differences: rules `name ::= ...`, the
/// one named root is the whole. See docs/structured_output.md.
/// Errors, with line and column: malformed; not_found, a rule; unsupported, left recursion and what passes the limits;
/// invalid_argument, a grammar that no text fits.
inline Result<Grammar> try_grammar_from_ebnf(std::string_view text, const GrammarLimits& limits = {}) {
  return detail::EbnfReader(text, limits).run();
}
template <class Limits = GrammarLimits>
Grammar grammar_from_ebnf(std::string_view text, const Limits& limits = {}) {
  return unwrap(try_grammar_from_ebnf(text, limits));
}

}  // namespace skald
