// What every token of a tokenizer writes, for ConstrainedDecoding.
#pragma once
#include <string>
#include <vector>

#include "skald/grammar/vocabulary.hpp"
#include "skald/pipelines/token_pieces.hpp"

namespace skald::inline SKALD_ABI {

/// The bytes of each token as it stands in the middle of a text; special tokens write none. Made once for a tokenizer;
/// copies share it. O(vocabulary) decodings and one sort.
inline TokenVocabulary token_vocabulary(const Tokenizer& tokenizer) {
  std::vector<std::string> pieces = token_pieces(tokenizer);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (tokenizer.is_special(token_id(i))) pieces[i].clear();
  }
  return TokenVocabulary(pieces);
}

}  // namespace skald
