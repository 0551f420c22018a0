// Decoding token by token in whole words, as transformers' TextStreamer and TextIteratorStreamer print.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/core/types.hpp"
#include "skald/text/encoding.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// The block of unified ideographs in transformers' words.
inline bool is_cjk_ideograph(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

/// Bytes of the first n code points.
inline std::size_t bytes_of_code_points(std::string_view text, std::size_t n) {
  std::size_t at = 0;
  for (; n > 0 && at < text.size(); --n) at += std::size_t(decode_utf8(text.data() + at).size);
  return at;
}

inline std::size_t count_code_points(std::string_view text) {
  std::size_t n = 0;
  for (const char c : text) n += !is_continuation(c);
  return n;
}

}  // namespace detail

/// Where DecodeStream says what it can, this one says words: up to the last space, a whole line, or an ideograph.
/// It is for programs that must print the pieces that the Python classes print: after a line end decoding begins anew,
/// so that the pieces of some tokenizers do not join to what decode() gives. Each push decodes the line so far.
template <class Tokenizer>
class WordStream {
 public:
  explicit WordStream(Tokenizer tokenizer, DecodeOptions options = {})
      : tokenizer_(std::move(tokenizer)), options_(options) {}

  /// The words that this id completes.
  Result<std::string> try_push(token_id id) {
    line_.push_back(id);
    Result<std::string> text = tokenizer_.try_decode(line_, options_);
    if (!text) return text;
    if (text->ends_with('\n')) return rest_of(*text);
    std::size_t end = text->rfind(' ') + 1;  // none: 0
    if (!text->empty() && detail::is_cjk_ideograph(detail::decode_utf8_before(text->data() + text->size()).value)) {
      end = text->size();
    }
    const std::size_t start = detail::bytes_of_code_points(*text, printed_);
    if (start >= end) return std::string();
    std::string piece = text->substr(start, end - start);
    printed_ += detail::count_code_points(piece);
    return piece;
  }
  std::string push(token_id id) { return unwrap(try_push(id)); }

  /// What is still held back. The stream then is as new.
  Result<std::string> try_finish() {
    if (line_.empty()) return std::string();
    const Result<std::string> text = tokenizer_.try_decode(line_, options_);
    if (!text) return text;
    return rest_of(*text);
  }
  std::string finish() { return unwrap(try_finish()); }

 private:
  std::string rest_of(std::string_view text) {
    std::string piece(text.substr(detail::bytes_of_code_points(text, printed_)));
    line_.clear();
    printed_ = 0;
    return piece;
  }

  Tokenizer tokenizer_;
  DecodeOptions options_;
  std::vector<token_id> line_;
  std::size_t printed_ = 0;  // code points of the line
};

}  // namespace skald
