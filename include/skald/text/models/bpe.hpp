// Byte-pair encoding.
#pragma once
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/byte_level.hpp"
#include "skald/text/models/byte_tokens.hpp"
#include "skald/text/models/character_tokens.hpp"
#include "skald/text/models/joints.hpp"
#include "skald/text/models/merges.hpp"
#include "skald/text/models/word_cache.hpp"

namespace skald::inline SKALD_ABI {

/// The members of a BPE model in tokenizer.json, by their names there. dropout is not among them: encoding is
/// deterministic, a file that asks for dropout is refused.
struct BpeOptions {
  std::optional<std::string> unk_token;
  std::string continuing_subword_prefix, end_of_word_suffix;
  bool fuse_unk = false, byte_fallback = false, ignore_merges = false;
};

/// A piece starts as its characters; then, again and again, the leftmost of the pairs with the lowest rank is merged.
/// A character without a token of its own becomes its byte tokens (byte_fallback), unk_token, or nothing.
/// Cost: O(n log n) for a piece of n bytes, O(1) for a word that was there before.
class Bpe {
 public:
  static constexpr std::string_view type = "BPE";
  static constexpr std::string_view untyped_key = "merges";

  struct Scratch {
    detail::WordCache cache;
    detail::Merger merger;
    std::vector<Token> tokens;
    std::string character, token;
  };

  /// What is wrong may be: a part or the result of a merge that is not in the vocabulary.
  void read(JsonFields& fields);

  /// Errors (malformed): a character that needs unk_token, and that is not in the vocabulary.
  Fault tokenize(ModelInput piece, Scratch& scratch, std::vector<Token>& tokens) const {
    if (!joints_ || piece.byte_level) return tokenize_word(piece, scratch, tokens);
    // A text without a pre-tokenizer: word by word it is the same, and faster.
    const std::string_view text = piece.text;
    std::size_t begin = 0, at = 0;
    for (char32_t before = 0; at < text.size();) {
      const detail::CodePoint c = detail::decode_utf8(text.data() + at);
      if (at > begin && !joints_->contains(before, c.value) && is_settled(before) && is_settled(c.value)) {
        if (const Fault f = tokenize_word({text.substr(begin, at - begin)}, scratch, tokens)) return f;
        begin = at;
      }
      before = c.value;
      at += std::size_t(c.size);
    }
    return tokenize_word({text.substr(begin)}, scratch, tokens);
  }

  std::optional<token_id> token_to_id(std::string_view text) const { return vocabulary_.find(text); }
  std::optional<std::string_view> id_to_token(token_id id) const { return vocabulary_.token(id); }
  std::size_t vocab_size() const { return vocabulary_.size(); }
  bool keeps_spaces() const { return true; }
  bool marks_subwords() const { return !options_.continuing_subword_prefix.empty(); }
  const BpeOptions& options() const { return options_; }

 private:
  static constexpr token_id none = detail::CharacterTokens::none;

  /// Merges on their way from the file into the table.
  struct MergeReader {
    struct Waiting {
      std::size_t i = 0;
      std::string_view left, right;
      std::string whole;
      std::uint64_t hashes[3] = {};  // of the three
    };
    Waiting ring[16];
    std::size_t waiting = 0, prefix = 0;
    std::vector<detail::MergeTable::Entry> found;
  };

  void add_merge(JsonFields& fields, MergeReader& reader, std::size_t i, std::string_view left, std::string_view right);
  void finish_merges(JsonFields& fields, MergeReader& reader);

  Fault tokenize_word(ModelInput piece, Scratch& scratch, std::vector<Token>& tokens) const {
    const detail::WordKey key(piece.text, piece.byte_level);
    if (key.fits() && scratch.cache.find(key, tokens)) return {};
    if (const Fault f = merge(piece, scratch)) return f;
    if (key.fits()) scratch.cache.insert(key, scratch.tokens);
    tokens.insert(tokens.end(), scratch.tokens.begin(), scratch.tokens.end());
    return {};
  }

  /// The tokens of a piece into scratch.tokens.
  Fault merge(ModelInput piece, Scratch& scratch) const {
    scratch.tokens.clear();
    if (options_.ignore_merges && whole_token(piece, scratch)) return {};
    if (const Fault f = split(piece, scratch)) return f;
    scratch.merger.run(merges_, scratch.tokens);
    return {};
  }

  void index_characters() {
    characters_.index(vocabulary_);
    if (options_.byte_fallback) byte_tokens_.index(vocabulary_);
    bytes_stay_ = byte_tokens_.complete();
    decorated_ = !options_.continuing_subword_prefix.empty() || !options_.end_of_word_suffix.empty();
    all_bytes_ = !decorated_;
    for (unsigned b = 0; b < 256; ++b) {
      byte_level_tokens_[b] = characters_.find(detail::byte_characters[b]);
      all_bytes_ &= byte_level_tokens_[b] != none;
    }
    // Only vocabularies of the SentencePiece kind meet long pieces.
    if (characters_.find(0x2581) != none && !decorated_ && !options_.ignore_merges && !vocabulary_.has_shared_ids()) {
      joints_.emplace();
    }
  }

  /// Whether the tokens of a character have nothing to do with its neighbours before merging begins.
  bool is_settled(char32_t c) const { return characters_.find(c) != none || bytes_stay_; }

  /// The piece as one token, if it is one.
  bool whole_token(ModelInput piece, Scratch& scratch) const {
    std::string_view text = piece.text;
    if (piece.byte_level) {
      scratch.token.clear();
      for (const char byte : piece.text) detail::append_byte_level(scratch.token, byte);
      text = scratch.token;
    }
    const auto id = vocabulary_.find(text);
    if (id) scratch.tokens.push_back({*id, std::uint32_t(piece.text.size())});
    return id.has_value();
  }

  /// The token of one character, with prefix and suffix where they belong.
  token_id character_token(char32_t c, bool first, bool last, Scratch& scratch) const {
    if (!decorated_) return characters_.find(c);
    std::string& text = scratch.token;
    text.clear();
    if (!first) text += options_.continuing_subword_prefix;
    detail::append_utf8(text, c);
    if (last) text += options_.end_of_word_suffix;
    return vocabulary_.find(text).value_or(none);
  }

  Fault split(ModelInput piece, Scratch& scratch) const {
    std::vector<Token>& tokens = scratch.tokens;
    if (piece.byte_level && all_bytes_) {
      tokens.resize(piece.text.size());
      for (std::size_t i = 0; i < tokens.size(); ++i)
        tokens[i] = {byte_level_tokens_[static_cast<unsigned char>(piece.text[i])], 1};
      return {};
    }
    std::optional<Token> unknown;  // waits for more unknown characters to fuse with
    for (std::size_t at = 0; at < piece.text.size();) {
      const detail::CodePoint c =
          piece.byte_level
              ? detail::CodePoint{detail::byte_characters[static_cast<unsigned char>(piece.text[at])], 1}
              : detail::decode_utf8(piece.text.data() + at);
      const std::size_t end = at + std::size_t(c.size);
      const token_id id = character_token(c.value, at == 0, end == piece.text.size(), scratch);
      at = end;
      if (id != none) {
        if (unknown) tokens.push_back(*unknown);
        unknown.reset();
        tokens.push_back({id, std::uint32_t(c.size)});
      } else if (!append_byte_tokens(c.value, piece.byte_level, scratch)) {
        if (!options_.unk_token) continue;  // the character is lost
        const auto unk = vocabulary_.find(*options_.unk_token);
        if (!unk) return fault(FaultCode::malformed, "model.unk_token is not in the vocabulary");
        if (unknown && options_.fuse_unk) {
          unknown->size += std::uint32_t(c.size);
        } else {
          if (unknown) tokens.push_back(*unknown);
          unknown = Token{*unk, std::uint32_t(c.size)};
        }
      }
    }
    if (unknown) tokens.push_back(*unknown);
    return {};
  }

  /// All bytes of the character as they were looked up, or none if one of them has no token.
  bool append_byte_tokens(char32_t c, bool byte_level, Scratch& scratch) const {
    if (!options_.byte_fallback) return false;
    if (!decorated_) {
      scratch.token.clear();
      detail::append_utf8(scratch.token, c);
    }
    return byte_tokens_.append(scratch.token, 1, byte_level ? 0 : 1, scratch.tokens);
  }

  Vocabulary vocabulary_;
  BpeOptions options_;
  detail::MergeTable merges_;
  std::optional<detail::Joints> joints_;
  bool decorated_ = false;  // characters are looked up with prefix or suffix
  bool bytes_stay_ = false;  // every character falls back to bytes, and no merge takes these
  bool all_bytes_ = false;  // every byte-level character is a token
  detail::CharacterTokens characters_;
  std::array<token_id, 256> byte_level_tokens_{};
  detail::ByteTokens byte_tokens_;
};

inline void Bpe::read(JsonFields& fields) {
  options_.unk_token = fields.optional_string("unk_token");
  options_.continuing_subword_prefix = fields.string("continuing_subword_prefix", "");
  options_.end_of_word_suffix = fields.string("end_of_word_suffix", "");
  options_.fuse_unk = fields.boolean("fuse_unk", false);
  options_.byte_fallback = fields.boolean("byte_fallback", false);
  options_.ignore_merges = fields.boolean("ignore_merges", false);
  if (const auto dropout = fields.find("dropout"); dropout && dropout->number() != 0.0) {
    const auto p = dropout->number();
    if (!p || *p < 0 || *p > 1) fields.fail(fields.place("dropout"), "a number from 0 to 1", dropout);
    else fields.fail(FaultCode::unsupported, fields.place("dropout") + ": encoding is deterministic, expected 0");
  }
  fields.object("vocab");
  const auto merges = fields.array("merges");
  if (fields.failed()) return;
  vocabulary_.read(fields, "vocab");
  if (fields.failed()) return;
  index_characters();
  MergeReader reader;
  reader.prefix = options_.continuing_subword_prefix.size();
  const bool pairs = merges->size() > 0 && (*merges)[0].is_array();  // all are pairs, or all are "left right"
  for (std::size_t i = 0; i < merges->size() && !fields.failed(); ++i) {
    const Json merge = (*merges)[i];
    if (pairs && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
      add_merge(fields, reader, i, *merge[0].string(), *merge[1].string());
      continue;
    }
    const std::string_view text = pairs ? std::string_view() : merge.string().value_or("");
    if (text.starts_with("#version")) continue;
    const std::size_t space = text.find(' ');
    if (space == text.npos || text.find(' ', space + 1) != text.npos) {
      finish_merges(fields, reader);  // those before come first, also in what is wrong
      fields.fail(fields.place("merges", i),
                  pairs ? "an array of two strings" : "two tokens with a space between them", merge);
    } else {
      add_merge(fields, reader, i, text.substr(0, space), text.substr(space + 1));
    }
  }
  finish_merges(fields, reader);
  merges_.insert(reader.found);
}

/// Element i of "merges"; the order is the rank. The look-ups of several elements wait for memory together.
inline void Bpe::add_merge(JsonFields& fields, MergeReader& reader, std::size_t i, std::string_view left,
                           std::string_view right) {
  if (reader.waiting == std::size(reader.ring)) finish_merges(fields, reader);
  MergeReader::Waiting& merge = reader.ring[reader.waiting++];
  merge.i = i;
  merge.left = left;
  merge.right = right;
  merge.whole.assign(left).append(right.substr(std::min(reader.prefix, right.size())));
  merge.hashes[0] = vocabulary_.prepare(left);
  merge.hashes[1] = vocabulary_.prepare(right);
  merge.hashes[2] = vocabulary_.prepare(merge.whole);
}

inline void Bpe::finish_merges(JsonFields& fields, MergeReader& reader) {
  for (std::size_t k = 0; k < reader.waiting && !fields.failed(); ++k) {
    const MergeReader::Waiting& merge = reader.ring[k];
    const auto a = vocabulary_.find(merge.left, merge.hashes[0]), b = vocabulary_.find(merge.right, merge.hashes[1]),
               c = vocabulary_.find(merge.whole, merge.hashes[2]);
    if (!a || !b || !c) {
      const std::string_view missing = !a ? merge.left : !b ? merge.right : std::string_view(merge.whole);
      fields.fail(FaultCode::malformed, fields.place("merges", merge.i).append(": \"").append(missing)
                                            .append("\" is not in the vocabulary"));
      break;
    }
    reader.found.push_back({*a, *b, {std::uint32_t(merge.i), *c}});
    if (joints_) joints_->add_token(merge.whole);
    bytes_stay_ &= !detail::ByteTokens::is_one(merge.left) && !detail::ByteTokens::is_one(merge.right);
  }
  reader.waiting = 0;
}

}  // namespace skald
