// Decoding token by token, never half a character.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/core/types.hpp"
#include "skald/text/decoders/decoder.hpp"
#include "skald/text/decoders/clean_up.hpp"
#include "skald/text/encoding.hpp"
#include "skald/text/models/token_model.hpp"

namespace skald::inline SKALD_ABI {

/// Turns ids into text as they come. All that push() and then finish() return is, one behind the other, exactly
/// tokenizer.decode(ids): a piece holds whole characters only and is empty while nothing can be said for sure. What is
/// held back is as little as the decoder allows: up to three bytes of a character, or a run of <0xNN> tokens.
/// Copies of the tokenizer share everything, so the stream may outlive the object it was made from.
template <class Tokenizer>
class DecodeStream {
 public:
  explicit DecodeStream(Tokenizer tokenizer, DecodeOptions options = {})
      : tokenizer_(std::move(tokenizer)), skip_special_tokens_(options.skip_special_tokens) {
    const bool wanted = options.clean_up_tokenization_spaces.value_or(tokenizer_.config().clean_up_tokenization_spaces);
    clean_up_ = wanted && !detail::keeps_spaces(tokenizer_.model());
  }

  /// The text that this id completes. An id without a token gives nothing.
  Result<std::string> try_push(token_id id) { return run(std::span(&id, 1), false); }
  std::string push(token_id id) { return unwrap(try_push(id)); }

  /// What is still held back. The stream then is as new.
  Result<std::string> try_finish() {
    Result<std::string> text = run({}, true);
    state_ = {};
    return text;
  }
  std::string finish() { return unwrap(try_finish()); }

  /// All ids and the end at once.
  Result<std::string> try_push_all(std::span<const token_id> ids) {
    constexpr std::size_t most = 256;  // at a time, so that pieces stay in the cache
    std::string text;
    for (;; ids = ids.subspan(most)) {
      const bool last = ids.size() <= most;
      Result<std::string> part = run(ids.first(last ? ids.size() : most), last);
      if (!part) return part;
      text += *part;
      if (last) break;
    }
    state_ = {};
    return text;
  }

 private:
  struct State {
    typename std::remove_cvref_t<decltype(std::declval<const Tokenizer&>().decoder())>::State decoder;
    CleanUpDecoder::State clean_up;
  };

  Result<std::string> run(std::span<const token_id> ids, bool last);

  Tokenizer tokenizer_;
  bool skip_special_tokens_, clean_up_;
  State state_;
};

template <class Tokenizer>
Result<std::string> DecodeStream<Tokenizer>::run(std::span<const token_id> ids, bool last) {
  std::vector<DecodedPiece> pieces;
  pieces.reserve(ids.size() + 1);
  for (const token_id id : ids) {
    if (skip_special_tokens_ && tokenizer_.is_special(id)) continue;
    if (const auto token = tokenizer_.id_to_token(id)) pieces.push_back({std::string(*token)});
  }
  if (Result<void> done = tokenizer_.decoder()(state_.decoder, pieces, last); !done) return std::move(done).error();
  if (clean_up_) CleanUpDecoder()(state_.clean_up, pieces, last);
  std::string text;
  for (const DecodedPiece& piece : pieces) text += piece.text;
  return text;
}

}  // namespace skald
