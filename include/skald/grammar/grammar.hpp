// A language that generated text must belong to.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "skald/core/result.hpp"
#include "skald/grammar/compile.hpp"
#include "skald/grammar/machine.hpp"

namespace skald::inline SKALD_ABI {

/// Made by grammar_from_regex, grammar_from_json_schema, grammar_from_ebnf and grammar_from_choices; immutable, a copy
/// shares it. For generation it goes into ConstrainedDecoding.
class Grammar {
 public:
  explicit Grammar(detail::GrammarAutomaton automaton)
      : automaton_(std::make_shared<const detail::GrammarAutomaton>(std::move(automaton))) {}

  /// Whether the text is one of the language's, whole. Cost: a step a byte. Where the limits do not suffice: false.
  bool matches(std::string_view text) const {
    detail::GrammarMachine machine(automaton_);
    auto work = std::int64_t(automaton_->limits.work);
    const detail::GrammarState end = machine.step(machine.start(), text, work);
    return end > detail::GrammarMachine::dead && machine.may_end(end);
  }

  /// Whether a text of the language begins so.
  bool matches_beginning(std::string_view text) const {
    detail::GrammarMachine machine(automaton_);
    auto work = std::int64_t(automaton_->limits.work);
    return machine.step(machine.start(), text, work) > detail::GrammarMachine::dead;
  }

  const std::shared_ptr<const detail::GrammarAutomaton>& automaton() const { return automaton_; }

 private:
  std::shared_ptr<const detail::GrammarAutomaton> automaton_;
};

namespace detail {

/// `name` stands before messages.
inline Result<Grammar> make_grammar(const Expressions& expressions, const std::string& name) {
  Result<GrammarAutomaton> automaton = GrammarCompiler(expressions).run(name);
  if (!automaton) return std::move(automaton).error();
  return Grammar(*std::move(automaton));
}

}  // namespace detail
}  // namespace skald
