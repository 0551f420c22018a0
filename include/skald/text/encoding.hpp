// What encoding a text gives, and what may be asked for. The names are Hugging Face's.
#pragma once
#include <algorithm>
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

  /// The tokens [start, end) of each text; special tokens and padding lie outside. start -1: none is of that text. No
  /// entry at all: every token is the first text's.
  std::vector<Offset> sequences;

  /// What truncation cut off, in windows of the same length: EncodeOptions::return_overflowing_tokens. Where both texts
  /// of a pair are cut, every window of one is there with every window of the other.
  std::vector<Encoding> overflowing;

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
    std::size_t known = 0;
    for (const Offset& range : sequences) known += range.start >= 0;
    for (std::size_t s = 0; s < std::max<std::size_t>(known, 1); ++s) {
      // A text that is not there has all tokens, to the original.
      const bool has = s < sequences.size() && sequences[s].start >= 0;
      const Offset range = has ? sequences[s] : Offset{0, std::int32_t(ids.size())};
      std::fill(sequence.begin() + range.start, sequence.begin() + range.end, std::int32_t(s));
    }
    return sequence;
  }

  // For stages: the pieces that encodings are made of.

  /// Adds a token that is no part of a text, to all windows too.
  void append_special(token_id id, const std::string& text, std::int32_t type_id, bool with_offsets) {
    for (Encoding& window : overflowing) window.append_special(id, text, type_id, with_offsets);
    spelled.push_back({ids.size(), text});
    ids.push_back(id);
    attention_mask.push_back(1);
    special_tokens_mask.push_back(1);
    type_ids.push_back(type_id);
    word_ids.push_back(-1);
    if (with_offsets) offsets.push_back({});
  }

  /// All of these tokens are of text `s`.
  void set_sequence(std::size_t s) {
    while (sequences.size() <= s) sequences.push_back({-1, -1});
    sequences[s] = {0, std::int32_t(ids.size())};
  }

  /// `other` behind this. Windows of both are joined with all of the other's, as Hugging Face's merge_with does.
  void append(const Encoding& other) {
    if (!overflowing.empty() || !other.overflowing.empty()) append_overflowing(other);
    const auto at = std::int32_t(ids.size());
    const auto add = [](auto& column, const auto& more) { column.insert(column.end(), more.begin(), more.end()); };
    add(ids, other.ids);
    add(attention_mask, other.attention_mask);
    add(special_tokens_mask, other.special_tokens_mask);
    add(type_ids, other.type_ids);
    add(word_ids, other.word_ids);
    add(offsets, other.offsets);
    for (const auto& [i, text] : other.spelled) spelled.push_back({std::size_t(at) + i, text});
    for (std::size_t s = 0; s < other.sequences.size(); ++s) {
      if (other.sequences[s].start < 0) continue;
      while (sequences.size() <= s) sequences.push_back({-1, -1});
      sequences[s] = {at + other.sequences[s].start, at + other.sequences[s].end};
    }
  }

  /// Keeps `n` tokens of the left end (Side::right cuts at the right) or of the right end. With `windows` the rest is
  /// in `overflowing` then: windows of n tokens, each with `stride` tokens of the one before it; stride < n, or n is 0
  /// and all that there was is the one window. Which text the tokens are of is forgotten.
  void truncate(std::size_t n, Side side, std::size_t stride = 0, bool windows = false) {
    const std::size_t all = ids.size();
    if (n >= all) return;
    sequences.clear();
    std::vector<Encoding> rest;
    if (windows && n == 0) rest.push_back(slice(0, all));
    for (std::size_t done = n; windows && n > 0 && done < all; done += n - stride) {
      const std::size_t from = done - stride, to = std::min(from + n, all);  // counted from the end that stays
      rest.push_back(side == Side::right ? slice(from, to) : slice(all - to, all - from));
    }
    *this = side == Side::right ? slice(0, n) : slice(all - n, all);
    overflowing = std::move(rest);
  }

  /// Adds padding up to `n` tokens, to all windows.
  void pad(std::size_t n, token_id id, std::int32_t type_id, Side side, bool with_offsets) {
    for (Encoding& window : overflowing) window.pad(n, id, type_id, side, with_offsets);
    if (n <= ids.size()) return;
    const std::size_t missing = n - ids.size();
    const auto add = [&](auto& column, auto value) {
      column.insert(side == Side::left ? column.begin() : column.end(), missing, value);
    };
    if (with_offsets) add(offsets, Offset{});
    add(ids, id), add(attention_mask, 0), add(special_tokens_mask, 1), add(type_ids, type_id), add(word_ids, -1);
    if (side == Side::right) return;
    for (auto& entry : spelled) entry.first += missing;
    for (Offset& range : sequences) {
      if (range.start >= 0) range = {range.start + std::int32_t(missing), range.end + std::int32_t(missing)};
    }
  }

 private:
  /// The tokens [begin, end) alone.
  Encoding slice(std::size_t begin, std::size_t end) const {
    Encoding part;
    const auto cut = [&](const auto& column, auto& to) {
      if (!column.empty()) to.assign(column.begin() + std::ptrdiff_t(begin), column.begin() + std::ptrdiff_t(end));
    };
    cut(ids, part.ids), cut(attention_mask, part.attention_mask), cut(special_tokens_mask, part.special_tokens_mask);
    cut(type_ids, part.type_ids), cut(word_ids, part.word_ids), cut(offsets, part.offsets);
    auto at = std::lower_bound(spelled.begin(), spelled.end(), begin,
                               [](const auto& entry, std::size_t i) { return entry.first < i; });
    for (; at != spelled.end() && at->first < end; ++at) part.spelled.push_back({at->first - begin, at->second});
    return part;
  }

  void append_overflowing(const Encoding& other) {
    std::vector<Encoding> windows;
    const auto join = [&](const Encoding& first, const Encoding& second) {
      windows.push_back(first);
      windows.back().append(second);
    };
    for (const Encoding& own : overflowing) {
      join(own, other);
      for (const Encoding& window : other.overflowing) join(own, window);
    }
    for (const Encoding& window : other.overflowing) join(*this, window);
    overflowing = std::move(windows);
  }
};

/// The rows that a batch with windows comes to: each encoding, then its windows.
struct EncodingRows {
  std::vector<Encoding> rows;
  std::vector<std::int32_t> overflow_to_sample_mapping;  ///< which of the batch each row is of
};

inline EncodingRows flatten(std::vector<Encoding> batch) {
  EncodingRows flat;
  const auto add = [&](Encoding row, std::size_t sample) {
    flat.rows.push_back(std::move(row));
    flat.overflow_to_sample_mapping.push_back(std::int32_t(sample));
  };
  for (std::size_t i = 0; i < batch.size(); ++i) {
    std::vector<Encoding> windows;
    windows.swap(batch[i].overflowing);
    add(std::move(batch[i]), i);
    for (Encoding& window : windows) add(std::move(window), i);
  }
  return flat;
}

/// Options of encoding. A designated initializer reads as Python's keywords do: tok(text, {.truncation = true}).
struct EncodeOptions {
  bool add_special_tokens = true;

  /// Unset: where max_length is given and padding is not asked for.
  std::optional<bool> truncation{};
  TruncationStrategy truncation_strategy = TruncationStrategy::longest_first;
  std::optional<Side> truncation_side{};    ///< unset: the tokenizer's
  bool return_overflowing_tokens = false;   ///< what is cut off comes back in windows: Encoding::overflowing
  std::int32_t stride = 0;                  ///< how many tokens a window has in common with the one before

  bool padding = false;
  PaddingStrategy padding_strategy = PaddingStrategy::longest;
  std::optional<Side> padding_side{};       ///< unset: the tokenizer's
  std::int32_t pad_to_multiple_of = 0;
  std::optional<token_id> pad_token_id{};   ///< unset: the tokenizer's
  std::int32_t pad_token_type_id = 0;

  /// Of truncation and padding; unset: the tokenizer's model_max_length; where that is unknown nothing is done.
  std::optional<std::int32_t> max_length{};
  std::optional<std::int32_t> padding_length{};  ///< of PaddingStrategy::max_length, where it is another one

  bool split_special_tokens = false;         ///< special tokens in the text are text like any other
  OffsetUnit offset_unit = OffsetUnit::code_point;
};

/// Options of decoding.
struct DecodeOptions {
  bool skip_special_tokens = false;
  /// " ." to "." and nine more, as transformers does: never for BPE. Unset: as the tokenizer's configuration says.
  std::optional<bool> clean_up_tokenization_spaces{};
};

}  // namespace skald
