// The bytes of single tokens, as they stand in the middle of a text.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "skald/text/byte_level.hpp"
#include "skald/text/decoders/byte_fallback.hpp"
#include "skald/text/tokenizer.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// Finds pieces of tokens behind a text that is encoded and decoded once.
class PieceFinder {
 public:
  explicit PieceFinder(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {
    EncodeOptions plain;
    plain.add_special_tokens = false;
    if (auto before = tokenizer.try_encode("abcdef", plain)) ids_ = std::move(before->ids);
    if (auto text = tokenizer.try_decode(ids_)) alone_ = *std::move(text);
  }

  std::string piece(token_id token) {
    ids_.push_back(token);
    const auto both = tokenizer_.try_decode(ids_);
    ids_.pop_back();
    if (!both || !both->starts_with(alone_)) return {};
    std::string found = both->substr(alone_.size());
    if (found.find("\xEF\xBF\xBD") == std::string::npos) return found;
    const auto name = tokenizer_.id_to_token(token);
    if (!name) return found;
    std::string bytes;
    if (const int byte = ByteFallbackDecoder::byte_of(*name); byte >= 0) return std::string(1, char(byte));
    return append_bytes_of(bytes, *name) ? bytes : found;
  }

 private:
  const Tokenizer& tokenizer_;
  std::vector<token_id> ids_;
  std::string alone_;
};

}  // namespace detail

/// What decoding "abcdef" and then the token adds; for a token that is part of a character, its bytes. For StopStrings.
inline std::string token_piece(const Tokenizer& tokenizer, token_id token) {
  return detail::PieceFinder(tokenizer).piece(token);
}

/// All pieces of a vocabulary: a table for StopStrings, made once. O(vocabulary) decodings of two or three tokens.
inline std::vector<std::string> token_pieces(const Tokenizer& tokenizer) {
  std::vector<std::string> pieces(tokenizer.vocab_size());
  detail::PieceFinder finder(tokenizer);
  for (std::size_t i = 0; i < pieces.size(); ++i) pieces[i] = finder.piece(token_id(i));
  return pieces;
}

/// The table as a function, for StopStrings; "" for what is no token.
inline auto piece_lookup(const Tokenizer& tokenizer) {
  return [table = std::make_shared<const std::vector<std::string>>(token_pieces(tokenizer))](token_id t) {
    return t >= 0 && std::size_t(t) < table->size() ? (*table)[std::size_t(t)] : std::string();
  };
}

}  // namespace skald
