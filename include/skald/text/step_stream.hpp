// Decoding token by token as the DecodeStream of Hugging Face's tokenizers steps.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/core/types.hpp"
#include "skald/text/encoding.hpp"

namespace skald::inline SKALD_ABI {

/// For programs that must give the pieces of that class: a piece comes when the text of the last tokens has grown and
/// does not end in U+FFFD. DecodeStream is faster, holds back less, and joins to what decode() gives for all tokens.
template <class Tokenizer>
class StepStream {
 public:
  explicit StepStream(Tokenizer tokenizer, DecodeOptions options = {})
      : tokenizer_(std::move(tokenizer)), options_(options) {}

  /// Empty while nothing is said. Errors: mismatch, where a decoder changes what was said already; the stream stays as
  /// it was, with this token.
  Result<std::string> try_push(token_id id) {
    if (said_.empty() && !ids_.empty()) {
      Result<std::string> before = decode();
      if (!before) return before;
      if (!before->ends_with(replacement)) {
        said_ = *std::move(before);
        kept_ = ids_.size();
      }
    }
    ids_.push_back(id);
    Result<std::string> text = decode();
    if (!text || text->size() <= said_.size() || text->ends_with(replacement)) return text ? std::string() : text;
    if (!text->starts_with(said_)) {
      return Error(FaultCode::mismatch, std::string("token ").append(std::to_string(id)).append(
                                            " changes text that was given already"));
    }
    std::string piece = text->substr(said_.size());
    ids_.erase(ids_.begin(), ids_.begin() + std::ptrdiff_t(kept_));
    kept_ = ids_.size();
    Result<std::string> context = decode();
    if (!context) return context;
    said_ = *std::move(context);
    return piece;
  }
  std::string push(token_id id) { return unwrap(try_push(id)); }

  /// What is still held back. The stream then is as new.
  Result<std::string> try_finish() {
    Result<std::string> text = decode();
    if (text) text = text->starts_with(said_) ? text->substr(said_.size()) : std::string();
    ids_.clear();
    said_.clear();
    kept_ = 0;
    return text;
  }
  std::string finish() { return unwrap(try_finish()); }

 private:
  static constexpr std::string_view replacement = "\uFFFD";

  Result<std::string> decode() const { return tokenizer_.try_decode(ids_, options_); }

  Tokenizer tokenizer_;
  DecodeOptions options_;
  std::vector<token_id> ids_;  // the tokens of the last piece, as context, and those since
  std::string said_;           // their text that was given
  std::size_t kept_ = 0;       // how many go with the next piece
};

}  // namespace skald
