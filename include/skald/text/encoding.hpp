// What encoding a text gives, and what may be asked for. The names are Hugging Face's.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

/// [start, end) of a text, in code points (Python's indices) or bytes: EncodeOptions::offset_unit.
struct Offset {
  std::int32_t start = 0, end = 0;

  friend constexpr bool operator==(const Offset&, const Offset&) = default;
};

enum class OffsetUnit : std::uint8_t { code_point, byte, none };  ///< none: offsets stays empty, which is faster
enum class Side : std::uint8_t { right, left };
enum class PaddingStrategy : std::uint8_t { longest, max_length };
enum class TruncationStrategy : std::uint8_t { longest_first, only_first, only_second };

/// Columns of one encoded text (or pair of texts), one entry a token.
struct Encoding {
  std::vector<token_id> ids;
  std::vector<std::int32_t> attention_mask;       ///< 1; 0 for padding
  std::vector<std::int32_t> special_tokens_mask;  ///< 1 for what the post-processor or padding added
  std::vector<std::int32_t> type_ids;             ///< token_type_ids
  std::vector<std::int32_t> word_ids;             ///< which piece of the text; -1: none
  std::vector<Offset> offsets;                    ///< empty if OffsetUnit::none was asked for

  /// Tokens that stand for another text than id_to_token(id): added tokens with the white space they swallowed,
  /// special tokens as the post-processor spells them. (index, text), in order.
  std::vector<std::pair<std::size_t, std::string>> spelled;

  /// The tokens [start, end) of the first and the second text; special tokens and padding lie outside.
  std::array<Offset, 2> sequences{};

  std::size_t size() const { return ids.size(); }

  /// The token strings, as Hugging Face's Encoding.tokens. `tokenizer` is the one that made this.
  template <class Tokenizer>
  std::vector<std::string> tokens(const Tokenizer& tokenizer) const {
    std::vector<std::string> texts(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) texts[i] = tokenizer.id_to_token(ids[i]).value_or("");
    for (const auto& [i, text] : spelled) texts[i] = text;
    return texts;
  }

  /// 0 and 1 for the first and the second text, -1 for special tokens and padding.
  std::vector<std::int32_t> sequence_ids() const {
    std::vector<std::int32_t> sequence(ids.size(), -1);
    for (std::int32_t s = 0; s < 2; ++s) {
      const Offset range = sequences[std::size_t(s)];
      std::fill(sequence.begin() + range.start, sequence.begin() + range.end, s);
    }
    return sequence;
  }

  // For stages: the pieces that encodings are made of.

  /// Adds a token that is no part of a text.
  void append_special(token_id id, std::string text, std::int32_t type_id, bool with_offsets) {
    spelled.push_back({ids.size(), std::move(text)});
    ids.push_back(id);
    attention_mask.push_back(1);
    special_tokens_mask.push_back(1);
    type_ids.push_back(type_id);
    word_ids.push_back(-1);
    if (with_offsets) offsets.push_back({});
  }

  void append(const Encoding& other) {
    const auto at = std::int32_t(ids.size());
    const auto add = [](auto& column, const auto& more) { column.insert(column.end(), more.begin(), more.end()); };
    add(ids, other.ids);
    add(attention_mask, other.attention_mask);
    add(special_tokens_mask, other.special_tokens_mask);
    add(type_ids, other.type_ids);
    add(word_ids, other.word_ids);
    add(offsets, other.offsets);
    for (const auto& [i, text] : other.spelled) spelled.push_back({std::size_t(at) + i, text});
    for (std::size_t s = 0; s < 2; ++s) {
      const Offset range = other.sequences[s];
      if (range.start != range.end) sequences[s] = {at + range.start, at + range.end};
    }
  }

  /// Keeps `n` tokens of the left end (Side::right cuts at the right) or of the right end.
  void truncate(std::size_t n, Side side) {
    if (n >= ids.size()) return;
    const std::size_t begin = side == Side::right ? 0 : ids.size() - n;
    const auto cut = [&](auto& column) {
      if (column.empty()) return;
      std::copy_n(column.begin() + std::ptrdiff_t(begin), n, column.begin());
      while (column.size() > n) column.pop_back();
    };
    cut(ids), cut(attention_mask), cut(special_tokens_mask), cut(type_ids), cut(word_ids), cut(offsets);
    std::vector<std::pair<std::size_t, std::string>> kept;
    for (auto& [i, text] : spelled) {
      if (i >= begin && i < begin + n) kept.push_back({i - begin, std::move(text)});
    }
    spelled = std::move(kept);
    for (Offset& range : sequences) {
      const auto move = [&](std::int32_t i) { return std::clamp(i - std::int32_t(begin), 0, std::int32_t(n)); };
      range = {move(range.start), move(range.end)};
    }
  }

  /// Adds padding up to `n` tokens.
  void pad(std::size_t n, token_id id, std::int32_t type_id, Side side, bool with_offsets) {
    if (n <= ids.size()) return;
    const std::size_t missing = n - ids.size();
    const auto add = [&](auto& column, auto value) {
      column.insert(side == Side::left ? column.begin() : column.end(), missing, value);
    };
    if (with_offsets) add(offsets, Offset{});
    add(ids, id), add(attention_mask, 0), add(special_tokens_mask, 1), add(type_ids, type_id), add(word_ids, -1);
    if (side == Side::right) return;
    for (auto& entry : spelled) entry.first += missing;
    for (Offset& range : sequences) range = {range.start + std::int32_t(missing), range.end + std::int32_t(missing)};
  }
};

/// Options of encoding. A designated initializer reads as Python's keywords do: tok(text, {.truncation = true}).
struct EncodeOptions {
  bool add_special_tokens = true;

  bool truncation = false;
  TruncationStrategy truncation_strategy = TruncationStrategy::longest_first;
  std::optional<Side> truncation_side{};    ///< unset: the tokenizer's

  bool padding = false;
  PaddingStrategy padding_strategy = PaddingStrategy::longest;
  std::optional<Side> padding_side{};       ///< unset: the tokenizer's
  std::int32_t pad_to_multiple_of = 0;
  std::optional<token_id> pad_token_id{};   ///< unset: the tokenizer's
  std::int32_t pad_token_type_id = 0;

  std::optional<std::int32_t> max_length{};      ///< of truncation and padding; unset: the tokenizer's
  std::optional<std::int32_t> padding_length{};  ///< of PaddingStrategy::max_length, where it is another one

  bool split_special_tokens = false;         ///< special tokens in the text are text like any other
  OffsetUnit offset_unit = OffsetUnit::code_point;
};

/// Options of decoding.
struct DecodeOptions {
  bool skip_special_tokens = false;
  bool clean_up_tokenization_spaces = false;  ///< " ." to "." and nine more, as transformers does
};

}  // namespace skald
