// Text pieces from one thread to another, as a range.
#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "skald/core/result.hpp"
#include "skald/generation/streamer.hpp"
#include "skald/text/decode_stream.hpp"

namespace skald::inline SKALD_ABI {

struct IteratorStreamerOptions {
  bool skip_prompt = false;              ///< else the prompt's text comes first
  std::optional<double> timeout{};       ///< seconds that next() waits for a piece; not given: as long as it takes
  bool skip_special_tokens = false;
};

/// transformers' TextIteratorStreamer: one thread generates into it, another reads whole characters from it.
///   TextIteratorStreamer streamer(tok, {.skip_prompt = true});
///   std::jthread worker([&] { out = try_generate(lm, ids, rule, sampler, options, streamer); });
///   for (std::string_view piece : streamer) std::cout << piece << std::flush;
/// For one sequence: a second one is an error of the reader's. try_generate ends it also when it fails; where code of
/// yours throws out of generate, call end(0, FinishReason::cancelled) in the catch. Neither copied nor moved; as new
/// once it was read to its end.
template <class Tokenizer>
class TextIteratorStreamer {
 public:
  explicit TextIteratorStreamer(Tokenizer tokenizer, IteratorStreamerOptions options = {})
      : options_(options), text_(std::move(tokenizer), DecodeOptions{options.skip_special_tokens}) {}
  TextIteratorStreamer(const TextIteratorStreamer&) = delete;
  TextIteratorStreamer& operator=(const TextIteratorStreamer&) = delete;

  // What generate calls.
  void prompt(std::int32_t row, std::span<const token_id> tokens) {
    if (!options_.skip_prompt) put(row, tokens);
  }
  void put(std::int32_t row, std::span<const token_id> tokens) {
    if (row != 0) return tell(Error(FaultCode::invalid_argument, "TextIteratorStreamer: one sequence at a time"));
    for (const token_id t : tokens) tell(text_.try_push(t));
  }
  void end(std::int32_t row, FinishReason) {
    if (row != 0) return;
    tell(text_.try_finish());
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  /// The next piece, waited for; no value at the end, once. Errors: not_found when nothing came within the timeout (ask
  /// again to go on), what decoding says, invalid_argument for a second sequence.
  Result<std::optional<std::string>> next() {
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return ended_ || !pieces_.empty(); };
    if (!options_.timeout) changed_.wait(lock, ready);
    else if (!changed_.wait_for(lock, std::chrono::duration<double>(*options_.timeout), ready))
      return Error(FaultCode::not_found, "TextIteratorStreamer: no text came within the timeout");
    if (pieces_.empty()) {
      ended_ = false;
      return std::optional<std::string>();
    }
    Result<std::string> piece = std::move(pieces_.front());
    pieces_.pop_front();
    if (!piece) return std::move(piece).error();
    return std::optional(*std::move(piece));
  }

  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;

    explicit iterator(TextIteratorStreamer* of) : of_(of) { ++*this; }
    std::string_view operator*() const { return *piece_; }
    iterator& operator++() {
      piece_ = unwrap(of_->next());
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& i, std::default_sentinel_t) { return !i.piece_; }

   private:
    TextIteratorStreamer* of_;
    std::optional<std::string> piece_;
  };
  iterator begin() { return iterator(this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  void tell(Result<std::string> piece) {
    if (piece && piece->empty()) return;
    const std::lock_guard lock(mutex_);
    pieces_.push_back(std::move(piece));
    changed_.notify_all();
  }

  IteratorStreamerOptions options_;
  DecodeStream<Tokenizer> text_;   // of the generating thread
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Result<std::string>> pieces_;
  bool ended_ = false;
};

}  // namespace skald
