// The patterns that many tokenizers share, matched by hand: many times as fast as by a general matcher.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "skald/text/aligned_text.hpp"
#include "skald/text/split_patterns/runs.hpp"
#include "skald/text/split_patterns/word_rules.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// One pattern and how it is matched: by words, by a run of classes, or by a run of ranges.
struct SplitPattern {
  std::string_view regex;  // as tokenizer.json has it, to the letter
  WordRules words{};
  RunRules run{};
  std::span<const CodePointRange> ranges{};

  /// The first match from `at` on; an empty range at the text's end if there is none.
  ByteRange find(std::string_view text, std::size_t at) const {
    std::size_t end = at;
    if (!ranges.empty()) {
      end = find_run(ranges, text, at);
    } else if (run.most > 0) {
      end = find_run(run, text, at);
    } else {
      while (at < text.size() && (end = match_words(words, text, at)) == at) at = end = look_at(text, at).end;
    }
    return {std::uint32_t(at), std::uint32_t(end)};
  }
};

inline constexpr CodePointRange deepseek_ideographs[] = {{0x4E00, 0x9FA5}, {0x3040, 0x309F}, {0x30A0, 0x30FF}};
inline constexpr CodePointRange deepseek_coder_letters[] = {{0x4E00, 0x9FA5}, {0x800, 0x4E00}, {0xAC00, 0xD7FF}};

inline constexpr SplitPattern gpt2_pattern{
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", gpt2_words()};

inline constexpr SplitPattern known_split_patterns[] = {
    gpt2_pattern,
    // Llama 3, GPT-4
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+)"
     R"(|\s+(?!\S)|\s+)",
     cl100k_words(3)},
    // Qwen 2 to 3
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+)"
     R"(|\s+(?!\S)|\s+)",
     cl100k_words(1)},
    // Qwen 3.5
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*)"
     R"(|\s*[\r\n]+|\s+(?!\S)|\s+)",
     cl100k_words(1, letter_set | mark_set)},
    // GPT-4o, gpt-oss, Llama 4
    {R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
     R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
     R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     o200k_words(3, WordRules::Contractions::behind)},
    // Mistral's Tekken
    {R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
     R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
     R"(|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     o200k_words(1, WordRules::Contractions::none)},
    // DeepSeek V3 and R1: three, one behind the other
    {R"(\p{N}{1,3})", {}, {{}, number_set, 3}},
    {"[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+", {}, {}, deepseek_ideographs},
    {R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+)"
     R"(| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     deepseek_words()},
    // DeepSeek Coder: five
    {R"([\r\n])", {}, {{}, newline_set, 1}},
    {R"(\s?\p{L}+)", {}, {space_set, letter_set, UINT32_MAX}},
    {R"(\s?\p{P}+)", {}, {space_set, {CharacterClass::punctuation}, UINT32_MAX}},
    {"[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+", {}, {}, deepseek_coder_letters},
    {R"(\p{N})", {}, {{}, number_set, 1}},
};

/// The one that is this regular expression, or nullptr.
constexpr const SplitPattern* find_split_pattern(std::string_view regex) {
  for (const SplitPattern& pattern : known_split_patterns) {
    if (pattern.regex == regex) return &pattern;
  }
  return nullptr;
}

}  // namespace detail
}  // namespace skald
