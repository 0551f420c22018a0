// Words, numbers, symbols and white space: what the patterns from GPT-2's on cut a text into.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "skald/text/split_patterns/class_set.hpp"
#include "skald/text/utf8_step.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// What a pattern of this kind may ask for. At each place the first that matches counts, from top to bottom.
struct WordRules {
  enum class Contractions : std::uint8_t {
    none,
    plain,     // 's|'t|'re|'ve|'m|'ll|'d
    caseless,  // (?i:'s|'t|'re|'ve|'m|'ll|'d)
    behind     // (?i:'s|'t|'re|'ve|'m|'ll|'d)? at the end of a word
  };

  Contractions contractions = Contractions::none;
  bool ascii_words = false;         // [!"#...~][A-Za-z]+
  ClassSet before{};                // one of these may stand before a word,
  bool space_before = false;        // or a space before a word and a number
  ClassSet word{};                  // what a word is made of
  bool cased = false;               // a word ends where its case goes up; marks are part of words, and may be before
  std::uint32_t most_numbers = 0;   // \p{N}{1,n}
  ClassSet symbols{};               // ` ?[...]+`
  std::string_view symbols_end{};   // [...]* of these behind them
  bool newlines = false;            // \s*[\r\n]+
};                                  // \s+(?!\S)|\s+

/// The end of a contraction whose apostrophe is at `at`; `at` if there is none.
constexpr std::size_t contraction_end(std::string_view text, std::size_t at, bool caseless) {
  const std::string_view rest = part_of(text, at + 1, 2);
  const auto letter = [&](std::size_t i) {
    const char c = i < rest.size() ? rest[i] : '\0';
    return caseless && c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  };
  const char first = letter(0), second = letter(1);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return at + 2;
  if ((first == 'r' || first == 'v') && second == 'e') return at + 3;
  if (first == 'l' && second == 'l') return at + 3;
  return caseless && rest == "\u017F" ? at + 3 : at;  // the long s
}

/// [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+ and, if that matches nothing, what that has before.
/// `lower` says which it was.
constexpr std::size_t cased_word_end(std::string_view text, std::size_t at, bool& lower) {
  constexpr ClassSet either{CharacterClass::caseless, CharacterClass::mark};
  constexpr ClassSet uppers = either | ClassSet{CharacterClass::upper};
  constexpr ClassSet lowers = either | ClassSet{CharacterClass::lower};
  SeenCharacter c{};
  std::size_t last_either = 0;  // the end of the last that may be on both sides
  for (; look_for(uppers, text, at, c); at = c.end) {
    if (either.has(c.kind)) last_either = c.end;
  }
  lower = true;
  if (look_for(lowers, text, at, c)) return end_of_run(lowers, text, c.end);
  if (last_either != 0) return last_either;
  lower = false;
  return at;
}

/// A word that begins at `at`, or at the character behind `first`, which is the one at `at`.
constexpr std::size_t word_end(const WordRules& rules, std::string_view text, std::size_t at, SeenCharacter first) {
  SeenCharacter second{};
  if (!rules.cased) {
    if (rules.word.has(first.kind)) return end_of_run(rules.word, text, first.end);
    const bool before = rules.before.has(first.kind) || (rules.space_before && text[at] == ' ');
    return before && look_for(rules.word, text, first.end, second) ? end_of_run(rules.word, text, second.end) : at;
  }
  bool lower = false;
  std::size_t end = at;
  if (rules.before.has(first.kind)) {
    end = cased_word_end(text, first.end, lower);
    // A mark with no lower case behind it is a word of its own.
    if (!lower && (first.kind == CharacterClass::mark || end == first.end)) {
      end = first.kind == CharacterClass::mark ? first.end : at;
    }
  } else if (letter_set.has(first.kind)) {
    end = cased_word_end(text, at, lower);
  }
  const bool apostrophe = end > at && end < text.size() && text[end] == '\'';
  return apostrophe && rules.contractions == WordRules::Contractions::behind ? contraction_end(text, end, true) : end;
}

/// \s*[\r\n]+|\s+(?!\S)|\s+ or only the last two; there is white space at `at`.
constexpr std::size_t white_space_end(std::string_view text, std::size_t at, bool newlines) {
  std::size_t end = at, last = at, behind_newline = 0;
  for (SeenCharacter c{}; look_for(space_set, text, end, c); end = c.end) {
    last = end;
    if (c.kind == CharacterClass::newline) behind_newline = c.end;
  }
  if (newlines && behind_newline != 0) return behind_newline;
  // White space before a word leaves its last character to the word, unless that is all there is.
  return end == text.size() || last == at ? end : last;
}

/// The end of the pattern's match at `at`, which is inside the text; `at` if it does not match there.
constexpr std::size_t match_words(const WordRules& rules, std::string_view text, std::size_t at) {
  const SeenCharacter first = look_at(text, at);
  SeenCharacter second{};
  if (text[at] == '\'' && rules.contractions <= WordRules::Contractions::caseless &&
      rules.contractions != WordRules::Contractions::none) {
    const bool caseless = rules.contractions == WordRules::Contractions::caseless;
    if (const std::size_t end = contraction_end(text, at, caseless); end != at) return end;
  }
  if (rules.ascii_words && symbol_set.has(first.kind) && first.end == at + 1) {
    const auto is_letter = [&](std::size_t i) {
      return i < text.size() && static_cast<unsigned char>(text[i]) < 128 && letter_set.has(look_at(text, i).kind);
    };
    std::size_t end = first.end;
    while (is_letter(end)) ++end;
    if (end != first.end) return end;
  }
  if (const std::size_t end = word_end(rules, text, at, first); end != at) return end;
  const bool space = text[at] == ' ';
  if (rules.most_numbers > 0) {
    std::size_t end = at;
    if (number_set.has(first.kind)) end = first.end;
    else if (space && rules.space_before && look_for(number_set, text, first.end, second)) end = second.end;
    for (std::uint32_t n = 1; end != at && n < rules.most_numbers && look_for(number_set, text, end, second); ++n) {
      end = second.end;
    }
    if (end != at) return end;
  }
  std::size_t end = at;
  if (rules.symbols.has(first.kind)) end = first.end;
  else if (space && look_for(rules.symbols, text, first.end, second)) end = second.end;
  if (end != at) {
    end = end_of_run(rules.symbols, text, end);
    while (end < text.size() && rules.symbols_end.find(text[end]) != std::string_view::npos) ++end;
    return end;
  }
  return space_set.has(first.kind) ? white_space_end(text, at, rules.newlines) : at;
}

}  // namespace detail
}  // namespace skald
