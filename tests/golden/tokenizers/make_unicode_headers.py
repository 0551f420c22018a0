"""Writes the tables in include/skald/text/unicode/ that are made from unicode_tables.json: run it after a change there.

Neither building nor testing needs it; tests/text/unicode.cpp compares the tables with the same file, code point by code
point. inert.hpp, new_characters.hpp, cases.hpp and names.hpp are not made here.
"""

import json
import pathlib

here = pathlib.Path(__file__).parent
out = here.parents[2] / "include/skald/text/unicode"
tables = json.loads((here / "unicode_tables.json").read_text())


def points(flat):
    return {c for a, b in zip(flat[::2], flat[1::2]) for c in range(a, b + 1)}


def ranges(members):
    found = []
    for c in sorted(members):
        if found and found[-1][1] == c - 1:
            found[-1][1] = c
        else:
            found.append([c, c])
    return found


def rows(entries):
    lines, line = [], "   "
    for entry in entries:
        if len(line) + len(entry) + 3 > 118:
            lines.append(line)
            line = "   "
        line += " " + entry + ","
    return "\n".join(lines + [line])


def table(name, members):
    entries = rows("{0x%X, 0x%X}" % tuple(r) for r in ranges(members))
    return "inline constexpr CodePointRange %s[] = {\n%s\n};\n" % (name, entries)


def header(name, comment, body, include='#include "skald/text/unicode/code_point_range.hpp"\n'):
    text = "%s\n#pragma once\n%s\nnamespace skald::inline SKALD_ABI {\nnamespace detail {\n\n%s\n" % (comment, include, body)
    (out / name).write_text(text + "}  // namespace detail\n}  // namespace skald\n")


classes, newlines = bytearray(0x110000), {0x0A, 0x0D}
for number, names in enumerate((("Lu", "Lt"), ("Ll",), ("Lm", "Lo"), ("M",), ("N",), ("P",), ("S",)), 1):
    for name in names:
        for c in points(tables["regex"]["\\p{%s}" % name]):
            classes[c] = number
for c in points(tables["regex"]["\\s"]):
    classes[c] = 9 if c in newlines else 8
assert all(classes[c] == (4 if 0xE0100 <= c <= 0xE01EF else 0) for c in range(0x32400, 0x110000))
blocks = {}
block_numbers = [blocks.setdefault(bytes(classes[c:c + 128]), len(blocks)) for c in range(0, 0x32400, 128)]
digits = "".join(str(c) for block in blocks for c in block)
header("character_classes.hpp",
       "// What regular expressions of tokenizers ask of a character, of Unicode 16: one look-up for all of it.",
       """/// General categories, as far as patterns tell them apart, and White_Space. Every character has one of these.
enum class CharacterClass : std::uint8_t {
  other,
  upper,        // Lu, Lt
  lower,        // Ll
  caseless,     // Lm, Lo
  mark,         // M
  number,       // N
  punctuation,  // P
  symbol,       // S
  space,        // White_Space but for the two below
  newline       // U+000A and U+000D
};

/// Which block of class_digits the characters 128 i, 128 i + 1, ... share.
inline constexpr std::uint8_t character_blocks[] = {
%s
};

/// Blocks of 128 characters, a digit each: the number of its CharacterClass. Read by the compiler alone.
inline constexpr char class_digits[] =
%s;

/// What a program holds of them: those of ASCII a byte each, and all of them two to a byte.
struct PackedClasses {
  std::uint8_t ascii[128] = {};
  std::uint8_t pairs[sizeof class_digits / 2] = {};

  consteval PackedClasses() {
    for (std::uint32_t i = 0; i < 128; ++i) ascii[i] = std::uint8_t(class_digits[i] & 15);
    for (std::uint32_t i = 0; i + 1 < sizeof class_digits; ++i)
      pairs[i / 2] = std::uint8_t(pairs[i / 2] | (class_digits[i] & 15) << (i %% 2 * 4));
  }
};
inline constexpr PackedClasses character_classes;

constexpr CharacterClass character_class(char32_t c) {
  if (c < sizeof character_blocks * 128u) {
    const std::uint32_t i = std::uint32_t(character_blocks[c >> 7]) << 7 | (c & 127);
    return CharacterClass(character_classes.pairs[i / 2] >> (i %% 2 * 4) & 15);
  }
  return c >= 0xE0100 && c <= 0xE01EF ? CharacterClass::mark : CharacterClass::other;
}

""" % (rows(map(str, block_numbers)),
       "\n".join('    "%s"' % digits[i:i + 114] for i in range(0, len(digits), 114))),
       '#include <cstdint>\n\n#include "skald/core/config.hpp"\n')

header("words.hpp",
       "// Word characters of Unicode 16: Alphabetic, M, Nd, Pc and Join_Control (what single_word and Whitespace ask).",
       table("word_characters", points(tables["whitespace_word"])))

marks, nonspacing = points(tables["strip_accents_removed"]), points(tables["bert_strip_accents_removed"])
assert nonspacing <= marks
header("marks.hpp", "// General category M of Unicode 9.",
       table("mark_ranges", marks) + "\n/// Those that are no Mn: spacing and enclosing marks.\n" +
       table("spacing_mark_ranges", marks - nonspacing) + """
inline bool is_mark(char32_t c) { return c >= 0x300 && contains(mark_ranges, c); }
inline bool is_nonspacing_mark(char32_t c) { return is_mark(c) && !contains(spacing_mark_ranges, c); }
""")

punctuation = points(tables["punctuation"])
assert punctuation == points(tables["bert_punctuation"])
header("punctuation.hpp", "// Punctuation as BertPreTokenizer and Punctuation know it: that of ASCII with its symbols, and "
       "category P of about\n// Unicode 8.",
       table("punctuation_ranges", {c for c in punctuation if c >= 0x80}) + """
inline bool is_punctuation(char32_t c) {
  if (c >= 0x80) return contains(punctuation_ranges, c);
  return (c > 0x20 && c < 0x30) || (c > 0x39 && c < 0x41) || (c > 0x5A && c < 0x61) || (c > 0x7A && c < 0x7F);
}
""")

header("bert_characters.hpp", "// What BertNormalizer drops, and what is Chinese to it.",
       "/// Categories Cc, Cf and Co of about Unicode 8 but tab and line ends, and U+FFFD.\n" +
       table("bert_removed", points(tables["bert_clean_removed"])) +
       "\n/// Ideographs. It begins the last extension 256 characters late, as the original does.\n" +
       table("bert_chinese", points(tables["bert_chinese"])))

header("scripts.hpp", "// Scripts as UnicodeScripts tells them apart.", """struct ScriptRange {
  char32_t first, last;
  unsigned char script;
};

/// Scripts by numbers that mean nothing else. Hiragana, Katakana and Han are one. What is not listed has none.
inline constexpr ScriptRange script_ranges[] = {
%s
};

/// 0: none.
inline unsigned script_of(char32_t c) {
  const auto* const range = std::lower_bound(std::begin(script_ranges), std::end(script_ranges), c,
                                             [](const ScriptRange& r, char32_t x) { return r.last < x; });
  return range != std::end(script_ranges) && range->first <= c ? range->script : 0u;
}
""" % rows("{0x%X, 0x%X, %d}" % tuple(r) for r in tables["script_ranges"]),
       "#include <algorithm>\n#include <iterator>\n\n#include \"skald/core/config.hpp\"\n")

header("blocks.hpp", "// Blocks of Unicode 16 by their names in small letters: \\p{InBasicLatin} in regular expressions.",
       """struct CodePointBlock {
  const char* name;  // a compiler reads pointers faster than views
  char32_t first, last;
};

/// Sorted by name.
inline constexpr CodePointBlock code_point_blocks[] = {
%s
};

/// nullptr: there is no block of that name.
inline const CodePointBlock* find_block(std::string_view name) {
  const auto* const block = std::lower_bound(std::begin(code_point_blocks), std::end(code_point_blocks), name,
                                             [](const CodePointBlock& b, std::string_view x) { return b.name < x; });
  return block != std::end(code_point_blocks) && name == block->name ? block : nullptr;
}
""" % rows('{"%s", 0x%X, 0x%X}' % tuple(b) for b in tables["blocks"]),
       "#include <algorithm>\n#include <iterator>\n#include <string_view>\n\n#include \"skald/core/config.hpp\"\n")

lower = {c: s for c, s in tables["lowercase"]}
single = {c: ord(s) for c, s in lower.items() if len(s) == 1}
assert set(lower) - set(single) == {0x130}
runs, left = [], sorted(single)
while left:
    start, best = left[0], (left[0], 1)
    for step in (1, 2):
        end = start
        while single.get(end + step) == single[start] - start + end + step:
            end += step
        if step == 2 and any(c in single for c in range(start + 1, end, 2)):
            continue
        if (end - start) // step > (best[0] - start) // best[1]:
            best = (end, step)
    runs.append((start, best[0], single[start] - start, best[1]))
    done = set(range(start, best[0] + 1, best[1]))
    left = [c for c in left if c not in done]
lowercase = (out / "lowercase.hpp").read_text()
begin = lowercase.index("lowercase_ranges[] = {\n") + len("lowercase_ranges[] = {\n")
end = lowercase.index("\n};", begin)
(out / "lowercase.hpp").write_text(lowercase[:begin] + rows("{0x%X, 0x%X, %d, %d}" % r for r in runs) + lowercase[end:])
