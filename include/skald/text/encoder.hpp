// From text to columns: the run through added tokens, normalizer, pre-tokenizer and model.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/added_tokens.hpp"
#include "skald/text/encoding.hpp"
#include "skald/text/models/token_model.hpp"
#include "skald/text/normalizers/normalizer.hpp"
#include "skald/text/pre_tokenizers/pre_tokenizer.hpp"
#include "skald/text/scratch_pool.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Encodes texts one after the other; belongs to one thread. What it learns about words serves all of them, and those
/// that come after it.
template <Normalizer N, PreTokenizer P, TokenModel M>
class Encoder {
 public:
  using Pool = ScratchPool<typename M::Scratch>;

  Encoder(const N& normalizer, const P& pre_tokenizer, const M& model, const AddedTokens& added, Pool& pool)
      : normalizer_(normalizer), pre_tokenizer_(pre_tokenizer), model_(model), added_(added),
        token_of_any_text_(token_of_any_text(model)), pool_(pool), scratch_(pool.take()) {}
  Encoder(const Encoder&) = delete;
  ~Encoder() { pool_.give(std::move(scratch_)); }

  /// The tokens of the texts alone: one text, or the words of one (`split_into_words`), each of which is encoded as if
  /// it were the text. Errors: malformed with the first byte that is no UTF-8.
  Result<Encoding> run(std::span<const std::string_view> texts, bool split_into_words, const EncodeOptions& options) {
    Encoding encoding;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (Result<void> done = add(texts[i], split_into_words ? std::int32_t(i) : -1, options, encoding); !done) {
        if (split_into_words) return std::move(done).error().in("word " + std::to_string(i));
        return std::move(done).error();
      }
    }
    const std::size_t n = encoding.size();
    encoding.attention_mask.assign(n, 1);
    encoding.special_tokens_mask.assign(n, 0);
    encoding.type_ids.assign(n, 0);
    return encoding;
  }
  Result<Encoding> run(std::string_view text, const EncodeOptions& options) {
    return run(std::span(&text, 1), false, options);
  }

 private:
  /// All tokens get `word` as word id, if it is not negative.
  Result<void> add(std::string_view text, std::int32_t word, const EncodeOptions& options, Encoding& encoding) {
    if (text.size() > std::size_t{INT32_MAX}) {
      return fault(FaultCode::out_of_range, "bytes of a text to encode", INT32_MAX, std::int64_t(text.size()));
    }
    if (const std::size_t valid = valid_utf8_prefix(text); valid != text.size()) {
      return Error(FaultCode::malformed, std::string("the text to encode is not UTF-8 at byte ")
                                             .append(std::to_string(valid)));
    }
    const bool with_origins = options.offset_unit != OffsetUnit::none;
    const std::size_t before = encoding.size();
    if (before == 0) {
      // Tokens are four bytes or so; in some scripts one: a short text gets room for that.
      const std::size_t likely = text.size() < 256 ? text.size() + 8 : text.size() / 4 + 8;
      encoding.ids.reserve(likely);
      encoding.word_ids.reserve(likely);
      if (with_origins) encoding.offsets.reserve(likely);
    }
    Columns columns{encoding, CodePointCursor(text), options.offset_unit, 0, {}, {}};
    added_.split(text, false, options.split_special_tokens, raw_pieces_);
    for (const TextPiece& piece : raw_pieces_) {
      const ByteRange range = piece.range;
      if (piece.added >= 0) {
        columns.add_added(piece.added, range, text.substr(range.begin, range.size()), added_);
      } else if (Result<void> done = segment(AlignedText(text, range, with_origins), options, columns); !done) {
        return done;
      }
    }
    if (word >= 0) std::fill(encoding.word_ids.begin() + std::ptrdiff_t(before), encoding.word_ids.end(), word);
    return {};
  }

  struct Columns {
    Encoding& encoding;
    CodePointCursor cursor;
    OffsetUnit unit;
    std::int32_t word;
    ByteRange last{};  // of the token before
    Offset last_offset{};

    std::int32_t index(std::uint32_t byte) {
      return byte == last.begin ? last_offset.start : byte == last.end ? last_offset.end : cursor.index(byte);
    }

    void add(token_id id, ByteRange origin) {
      encoding.ids.push_back(id);
      encoding.word_ids.push_back(word);
      if (unit == OffsetUnit::code_point) {
        // Most begin where the one before ends, or are parts of the same character.
        const std::int32_t start = index(origin.begin);
        last_offset = {start, index(origin.end)};
        last = origin;
        encoding.offsets.push_back(last_offset);
      } else if (unit == OffsetUnit::byte) {
        encoding.offsets.push_back({std::int32_t(origin.begin), std::int32_t(origin.end)});
      }
    }

    /// A token of the same bytes as the one before.
    void add_again(token_id id) {
      encoding.ids.push_back(id);
      encoding.word_ids.push_back(word);
      if (unit != OffsetUnit::none) encoding.offsets.push_back(Offset(encoding.offsets.back()));
    }

    /// What the next token is written as, where that is not what its id says.
    void spell(std::string_view text, std::optional<std::string_view> usual) {
      if (usual != text) encoding.spelled.push_back({encoding.size(), std::string(text)});
    }

    void add_added(token_id id, ByteRange origin, std::string_view text, const AddedTokens& added) {
      spell(text, added.id_to_token(id));
      add(id, origin);
      ++word;
    }
  };

  /// What lies between two added tokens of the raw text.
  Result<void> segment(AlignedText text, const EncodeOptions& options, Columns& columns) {
    if (Result<void> done = normalizer_(text); !done) return done;
    added_.split(text.view(), true, options.split_special_tokens, pieces_);
    pre_tokenized_.start(std::move(text), pieces_);
    if (Result<void> done = pre_tokenizer_(pre_tokenized_); !done) return done;
    const AlignedText& aligned = pre_tokenized_.text();
    const bool byte_level = pre_tokenized_.byte_level(), with_offsets = columns.unit != OffsetUnit::none;
    for (const TextPiece& piece : pre_tokenized_.pieces()) {
      const std::string_view view = aligned.view(piece.range);
      if (piece.added >= 0) {
        columns.add_added(piece.added, aligned.origin(piece.range), view, added_);
        continue;
      }
      tokens_.clear();
      if (const Fault f = model_.tokenize({view, byte_level}, *scratch_, tokens_)) return f;
      ByteRange range{piece.range.begin, piece.range.begin};
      for (const Token& token : tokens_) {
        if (token.size == 0 && range.size() > 0) {
          columns.add_again(token.id);
          continue;
        }
        range = {range.end, std::min(range.end + token.size, piece.range.end)};
        if (token.id == token_of_any_text_) {
          columns.spell(written(aligned.view(range), byte_level), model_.id_to_token(token.id));
        }
        columns.add(token.id, with_offsets ? aligned.origin(range) : range);
      }
      ++columns.word;
    }
    return {};
  }

  static std::string written(std::string_view text, bool byte_level) {
    if (!byte_level) return std::string(text);
    std::string characters;
    for (const char byte : text) append_byte_level(characters, byte);
    return characters;
  }

  const N& normalizer_;
  const P& pre_tokenizer_;
  const M& model_;
  const AddedTokens& added_;
  std::optional<token_id> token_of_any_text_;
  Pool& pool_;
  std::unique_ptr<typename M::Scratch> scratch_;
  // Kept for their memory.
  std::vector<TextPiece> raw_pieces_, pieces_;
  PreTokenized pre_tokenized_;
  std::vector<Token> tokens_;
};

}  // namespace detail
}  // namespace skald
