// The bytes of single tokens, as they stand in the middle of a text.
#pragma once
#include <string>
#include <vector>

#include "skald/text/byte_level.hpp"
#include "skald/text/tokenizer.hpp"

namespace skald::inline SKALD_ABI {

/// What decoding "abcdef" and then the token adds; for a token that is part of a character, its bytes. For StopStrings.
inline std::string token_piece(const Tokenizer& tokenizer, token_id token) {
  static constexpr char anchor[] = "abcdef";
  EncodeOptions plain;
  plain.add_special_tokens = false;
  auto before = tokenizer.try_encode(anchor, plain);
  if (!before) return {};
  std::vector<token_id> ids = before->ids;
  const auto alone = tokenizer.try_decode(ids);
  ids.push_back(token);
  const auto both = tokenizer.try_decode(ids);
  if (!alone || !both || !both->starts_with(*alone)) return {};
  std::string piece = both->substr(alone->size());
  std::string bytes;
  const auto name = tokenizer.id_to_token(token);
  if (piece.find("\xEF\xBF\xBD") != std::string::npos && name && detail::append_bytes_of(bytes, *name)) return bytes;
  return piece;
}

/// All pieces of a vocabulary: a table for StopStrings, made once. O(vocabulary) encodings of six characters.
inline std::vector<std::string> token_pieces(const Tokenizer& tokenizer) {
  std::vector<std::string> pieces(tokenizer.vocab_size());
  for (std::size_t i = 0; i < pieces.size(); ++i) pieces[i] = token_piece(tokenizer, token_id(i));
  return pieces;
}

}  // namespace skald
