// What regular expressions, schemas, grammars and lists of choices are turned into: rules over bytes.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/grammar/code_points.hpp"
#include "skald/grammar/limits.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

using ExpressionId = std::int32_t;
using RuleId = std::int32_t;

struct Expression {
  enum class Kind : std::uint8_t { bytes, sequence, choice, repeat, rule };
  Kind kind = Kind::sequence;
  std::uint8_t first = 0, last = 0;  // bytes: a range
  std::int32_t from = 0;             // sequence, choice: the first of its parts; repeat: what; rule: which
  std::int32_t count = 0;            // sequence, choice: how many parts
  std::int32_t min = 0, max = 0;     // repeat; max < 0: any number
};

struct ExpressionRule {
  std::string name;   // for messages: "rule \"expr\""
  std::string place;  // "line 2, column 7"; may be empty
  ExpressionId body = -1;
};

/// Expressions and rules of one grammar. Rule 0 is the whole. What goes beyond the limit is dropped: full() says so.
class Expressions {
 public:
  static constexpr std::int32_t unbounded = -1;

  explicit Expressions(const GrammarLimits& limits) : limits_(limits) {}

  ExpressionId empty() { return sequence({}); }
  ExpressionId nothing() { return choice({}); }  ///< matches no text at all
  ExpressionId bytes(std::uint8_t first, std::uint8_t last) {
    return push({Expression::Kind::bytes, first, last, 0, 0, 0, 0});
  }
  ExpressionId text(std::string_view s) {
    std::vector<ExpressionId> all;
    for (const char c : s) all.push_back(bytes(std::uint8_t(c), std::uint8_t(c)));
    return sequence(all);
  }
  ExpressionId sequence(std::span<const ExpressionId> all) { return list(Expression::Kind::sequence, all); }
  ExpressionId choice(std::span<const ExpressionId> all) { return list(Expression::Kind::choice, all); }
  ExpressionId sequence(std::initializer_list<ExpressionId> all) { return sequence({all.begin(), all.size()}); }
  ExpressionId choice(std::initializer_list<ExpressionId> all) { return choice({all.begin(), all.size()}); }
  ExpressionId repeat(ExpressionId what, std::int32_t min, std::int32_t max = unbounded) {
    return push({Expression::Kind::repeat, 0, 0, what, 0, min, max});
  }
  ExpressionId optional(ExpressionId what) { return repeat(what, 0, 1); }
  ExpressionId rule(RuleId r) { return push({Expression::Kind::rule, 0, 0, r, 0, 0, 0}); }

  /// One character of the set, in UTF-8.
  ExpressionId character(const CharacterSet& set) {
    std::vector<ExpressionId> all, one;
    for (const CharacterRange& range : set.ranges()) {
      each_utf8_sequence(range.first, range.last, [&](const ByteSequence& s) {
        one.clear();
        for (int i = 0; i < s.size; ++i) one.push_back(bytes(s.bytes[i].first, s.bytes[i].last));
        all.push_back(one.size() == 1 ? one[0] : sequence(one));
      });
    }
    return all.size() == 1 ? all[0] : choice(all);
  }

  RuleId add_rule(std::string name, std::string place = {}) {
    rules_.push_back({std::move(name), std::move(place), -1});
    return RuleId(rules_.size() - 1);
  }
  void define(RuleId r, ExpressionId body) { rules_[std::size_t(r)].body = body; }

  const Expression& operator[](ExpressionId i) const { return expressions_[std::size_t(i)]; }
  std::span<const ExpressionId> parts(const Expression& e) const {
    return std::span(parts_).subspan(std::size_t(e.from), std::size_t(e.count));
  }
  const std::vector<ExpressionRule>& rules() const { return rules_; }
  std::size_t size() const { return expressions_.size(); }
  bool full() const { return expressions_.size() + parts_.size() >= limits_.states; }
  const GrammarLimits& limits() const { return limits_; }

 private:
  ExpressionId push(const Expression& e) {
    if (!full()) expressions_.push_back(e);
    return ExpressionId(expressions_.size() - 1);
  }
  ExpressionId list(Expression::Kind kind, std::span<const ExpressionId> all) {
    const auto from = std::int32_t(parts_.size());
    if (!full()) parts_.insert(parts_.end(), all.begin(), all.end());
    return push({kind, 0, 0, from, std::int32_t(parts_.size()) - from, 0, 0});
  }

  GrammarLimits limits_;
  std::vector<Expression> expressions_;
  std::vector<ExpressionId> parts_;
  std::vector<ExpressionRule> rules_;
};

}  // namespace detail
}  // namespace skald
