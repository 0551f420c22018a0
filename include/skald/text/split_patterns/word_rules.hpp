// What the known patterns ask for.
#pragma once
#include <cstdint>

#include "skald/text/split_patterns/words.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

constexpr WordRules gpt2_words() {
  WordRules rules;
  rules.contractions = WordRules::Contractions::plain;
  rules.word = letter_set;
  rules.space_before = true;
  rules.most_numbers = UINT32_MAX;
  rules.symbols = any_set.without(space_set | letter_set | number_set);
  return rules;
}

/// GPT-4's pattern and its kin.
constexpr WordRules cl100k_words(std::uint32_t most_numbers, ClassSet word = letter_set) {
  WordRules rules;
  rules.contractions = WordRules::Contractions::caseless;
  rules.before = any_set.without(newline_set | letter_set | number_set);
  rules.word = word;
  rules.most_numbers = most_numbers;
  rules.symbols = any_set.without(space_set | word | number_set);
  rules.symbols_end = "\r\n";
  rules.newlines = true;
  return rules;
}

/// GPT-4o's.
constexpr WordRules o200k_words(std::uint32_t most_numbers, WordRules::Contractions contractions) {
  WordRules rules = cl100k_words(most_numbers);
  rules.contractions = contractions;
  rules.cased = true;
  rules.symbols_end = "\r\n/";
  return rules;
}

constexpr WordRules deepseek_words() {
  WordRules rules;
  rules.ascii_words = true;
  rules.before = any_set.without(newline_set | letter_set | symbol_set);
  rules.word = letter_set | mark_set;
  rules.symbols = symbol_set;
  rules.symbols_end = "\r\n";
  rules.newlines = true;
  return rules;
}

}  // namespace detail
}  // namespace skald
