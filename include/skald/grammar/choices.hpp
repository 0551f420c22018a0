// One of several texts.
#pragma once
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "skald/grammar/grammar.hpp"

namespace skald::inline SKALD_ABI {

/// One of these texts, word for word. Errors: invalid_argument, an empty list; unsupported, more than the limits allow.
inline Result<Grammar> try_grammar_from_choices(std::span<const std::string> choices,
                                                const GrammarLimits& limits = {}) {
  std::size_t bytes = 0;
  for (const std::string& c : choices) bytes += c.size();
  if (bytes > limits.text) {
    return Error(FaultCode::unsupported, "choices: expected at most " + std::to_string(limits.text) +
                                             " bytes (GrammarLimits::text), found " + std::to_string(bytes));
  }
  if (choices.empty()) return Error(FaultCode::invalid_argument, "choices: the list is empty");
  detail::Expressions out(limits);
  const detail::RuleId root = out.add_rule("choices");
  std::vector<detail::ExpressionId> all;
  for (const std::string& c : choices) all.push_back(out.text(c));
  out.define(root, out.choice(all));
  return detail::make_grammar(out, "choices");
}
template <class Limits = GrammarLimits>
Grammar grammar_from_choices(std::span<const std::string> choices, const Limits& limits = {}) {
  return unwrap(try_grammar_from_choices(choices, limits));
}
template <class Limits = GrammarLimits>
Grammar grammar_from_choices(std::initializer_list<std::string> choices, const Limits& limits = {}) {
  return unwrap(try_grammar_from_choices({choices.begin(), choices.size()}, limits));
}

}  // namespace skald
