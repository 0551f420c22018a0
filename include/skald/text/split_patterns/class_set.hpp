// Stepping through a text by classes of characters.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "skald/text/unicode/character_classes.hpp"
#include "skald/text/utf8_step.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Some of the classes: a bit each.
class ClassSet {
 public:
  constexpr ClassSet() = default;
  constexpr ClassSet(std::initializer_list<CharacterClass> classes) {
    for (const CharacterClass c : classes) bits_ |= 1u << unsigned(c);
  }

  constexpr bool has(CharacterClass c) const { return bits_ >> unsigned(c) & 1; }
  constexpr ClassSet without(ClassSet others) const { return ClassSet(bits_ & ~others.bits_); }
  friend constexpr ClassSet operator|(ClassSet a, ClassSet b) { return ClassSet(a.bits_ | b.bits_); }

 private:
  explicit constexpr ClassSet(std::uint32_t bits) : bits_(bits) {}

  std::uint32_t bits_ = 0;
};

// The names of patterns: \p{L}, \p{M}, \p{N}, [\p{P}\p{S}], \s, [\r\n], any character.
inline constexpr ClassSet letter_set{CharacterClass::upper, CharacterClass::lower, CharacterClass::caseless};
inline constexpr ClassSet mark_set{CharacterClass::mark};
inline constexpr ClassSet number_set{CharacterClass::number};
inline constexpr ClassSet symbol_set{CharacterClass::punctuation, CharacterClass::symbol};
inline constexpr ClassSet space_set{CharacterClass::space, CharacterClass::newline};
inline constexpr ClassSet newline_set{CharacterClass::newline};
inline constexpr ClassSet any_set = letter_set | mark_set | number_set | symbol_set | space_set |
                                    ClassSet{CharacterClass::other};

struct SeenCharacter {
  CharacterClass kind;
  std::size_t end;  // where the next one begins
};

/// The character at `at`, which is inside the text.
[[gnu::always_inline]] constexpr SeenCharacter look_at(std::string_view text, std::size_t at) {
  if (const auto byte = static_cast<unsigned char>(text[at]); byte < 128) {
    return {CharacterClass(character_classes.ascii[byte]), at + 1};
  }
  const CodePoint c = decode_utf8(text.data() + at);
  return {character_class(c.value), at + std::size_t(c.size)};
}

/// Whether there is a character at `at`, of that set; then it is `seen`.
[[gnu::always_inline]] constexpr bool look_for(ClassSet set, std::string_view text, std::size_t at,
                                               SeenCharacter& seen) {
  if (at >= text.size()) return false;
  seen = look_at(text, at);
  return set.has(seen.kind);
}

/// The end of the run of such characters at `at`.
constexpr std::size_t end_of_run(ClassSet set, std::string_view text, std::size_t at) {
  for (SeenCharacter c{}; look_for(set, text, at, c);) at = c.end;
  return at;
}

}  // namespace detail
}  // namespace skald
