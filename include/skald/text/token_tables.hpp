// A byte-level BPE tokenizer as constant arrays: what `skald embed` writes and firmware reads where it lies.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "skald/core/types.hpp"
#include "skald/text/split_patterns/word_rules.hpp"

namespace skald::inline SKALD_ABI {

/// Two neighbours that become one token; the lowest rank goes first.
template <class Id>
struct TokenMerge {
  Id left, right, rank, result;
};

/// `Id` holds the ids and ranks, and its largest value none of them; `Offset` the length of all texts. Token i's bytes
/// are [offsets[i], offsets[i + 1] - 1) of texts, and a zero stands behind them.
template <class Id, class Offset>
struct TokenTables {
  static constexpr Id no_id = Id(-1);

  const char* texts;
  std::span<const Offset> offsets;          ///< [tokens + 1]
  const Id* byte_tokens;                    ///< [256]; no_id: such a byte becomes nothing
  std::span<const TokenMerge<Id>> merges;   ///< by left, then right
  std::span<const Id> by_text;              ///< ids by their bytes, where a word that is a token is one; else empty
  std::span<const Id> added;                ///< looked for in the text itself
  std::span<const Id> special;              ///< rising; decoding leaves them out
  std::span<const Id> before, after;        ///< what stands around a text
  bool splits;                              ///< whether words are told apart
  detail::WordRules words;

  constexpr std::size_t size() const { return offsets.size() - 1; }
  constexpr const char* text(token_id t) const { return texts + offsets[std::size_t(t)]; }
  constexpr std::string_view bytes(token_id t) const {
    return {text(t), std::size_t(offsets[std::size_t(t) + 1] - offsets[std::size_t(t)] - 1)};
  }
  constexpr bool has(token_id t) const { return t >= 0 && std::size_t(t) < size(); }
  constexpr bool is_special(token_id t) const {
    for (const Id s : special)
      if (token_id(s) == t) return true;
    return false;
  }
};

}  // namespace skald
