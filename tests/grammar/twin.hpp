// The plain twin of the automata: a matcher that tries everything, on random rules and random texts.
#pragma once
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/grammar/expression.hpp"

namespace test {

using skald::detail::Expression;
using skald::detail::ExpressionId;
using skald::detail::Expressions;

/// Where a match that begins at `from` may end. Rules must not be left-recursive.
class PlainMatcher {
 public:
  PlainMatcher(const Expressions& e, std::string_view text) : e_(e), text_(text) {}

  const std::set<std::size_t>& ends(ExpressionId id, std::size_t from) {
    const auto known = known_.find({id, from});
    if (known != known_.end()) return known->second;
    std::set<std::size_t> found;
    const Expression& x = e_[id];
    switch (x.kind) {
      case Expression::Kind::bytes: {
        const unsigned byte = from < text_.size() ? static_cast<unsigned char>(text_[from]) : 256;
        if (byte >= x.first && byte <= x.last) found.insert(from + 1);
        break;
      }
      case Expression::Kind::rule: found = ends(e_.rules()[std::size_t(x.from)].body, from); break;
      case Expression::Kind::choice:
        for (const ExpressionId part : e_.parts(x)) found.merge(std::set(ends(part, from)));
        break;
      case Expression::Kind::sequence:
        found = {from};
        for (const ExpressionId part : e_.parts(x)) found = behind(found, part);
        break;
      case Expression::Kind::repeat: {
        std::set<std::size_t> at{from};
        for (int i = 0; x.max < 0 || i <= x.max; ++i) {
          const std::size_t before = found.size();
          if (i >= x.min) found.insert(at.begin(), at.end());
          if (at.empty() || i == x.max || (i > x.min && found.size() == before)) break;
          at = behind(at, x.from);
        }
        break;
      }
    }
    return known_[{id, from}] = std::move(found);
  }

  bool matches() { return ends(e_.rules()[0].body, 0).contains(text_.size()); }

 private:
  std::set<std::size_t> behind(const std::set<std::size_t>& at, ExpressionId id) {
    std::set<std::size_t> next;
    for (const std::size_t from : at) next.merge(std::set(ends(id, from)));
    return next;
  }

  const Expressions& e_;
  std::string_view text_;
  std::map<std::pair<ExpressionId, std::size_t>, std::set<std::size_t>> known_;
};

inline int below(std::mt19937& random, int n) { return int(random() % unsigned(n)); }

/// A random expression over a, b and c, and rules 0..rules-1.
inline ExpressionId random_expression(std::mt19937& random, Expressions& e, int rules, int depth) {
  const auto inner = [&] { return random_expression(random, e, rules, depth - 1); };
  switch (depth > 0 ? below(random, 8) : below(random, 2)) {
    case 0: return e.text(std::string(1, char('a' + below(random, 3))));
    case 1: return e.bytes('a', std::uint8_t('a' + below(random, 3)));
    case 2: return e.rule(below(random, rules));
    case 3: return e.optional(inner());
    case 4: {
      const int min = below(random, 4), more = below(random, 40);
      return e.repeat(inner(), min, below(random, 2) ? min + (more < 30 ? more % 3 : more) : Expressions::unbounded);
    }
    case 5: return e.choice({inner(), inner()});
    default: return e.sequence({inner(), inner()});
  }
}

inline std::string random_text(std::mt19937& random, int most) {
  std::string text;
  for (int i = below(random, most + 1); i > 0; --i) text += char('a' + below(random, 3));
  return text;
}

}  // namespace test
