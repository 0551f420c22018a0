// Text pieces as tokens come, by callback.
#pragma once
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/generation/streamer.hpp"
#include "skald/text/decode_stream.hpp"

namespace skald::inline SKALD_ABI {

/// A streamer that decodes: f(piece) for one sequence, f(row, piece) for several. Pieces are whole characters, one
/// behind the other they are the decoded text. A piece that f threw on is lost; the tokens are not.
template <class Tokenizer, class F>
class TextStreamer {
 public:
  TextStreamer(Tokenizer tokenizer, F f, DecodeOptions options = {})
      : tokenizer_(std::move(tokenizer)), f_(std::move(f)), options_(options) {}

  void put(std::int32_t row, std::span<const token_id> tokens) {
    for (const token_id t : tokens)
      if (auto piece = stream(row).try_push(t); piece && !piece->empty()) tell(row, *piece);
  }
  void end(std::int32_t row, FinishReason) {
    if (auto piece = stream(row).try_finish(); piece && !piece->empty()) tell(row, *piece);
  }

 private:
  DecodeStream<Tokenizer>& stream(std::int32_t row) {
    while (streams_.size() <= std::size_t(row)) streams_.emplace_back(tokenizer_, options_);
    return streams_[std::size_t(row)];
  }
  void tell(std::int32_t row, std::string_view piece) {
    if constexpr (requires { f_(row, piece); }) f_(row, piece);
    else f_(piece);
  }

  Tokenizer tokenizer_;
  F f_;
  DecodeOptions options_;
  std::vector<DecodeStream<Tokenizer>> streams_;
};

}  // namespace skald
