// The log-probability of a given text: a search that wants logits of every token and chooses none.
#pragma once
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "skald/generation/search.hpp"
#include "skald/generation/token_log_probs.hpp"

namespace skald::inline SKALD_ABI {

struct ScoreOptions {
  std::int32_t top_logprobs = 0;  ///< how many likeliest tokens of each place are told too
  std::int32_t chunk_size = 64;   ///< tokens a step: that many rows of float32 logits are held
};

/// What a model thinks of a text. `tokens` begins with the second one: nothing stands before the first.
struct TextScore {
  std::vector<TokenLogProbs> tokens{};

  double log_prob() const {
    double sum = 0;
    for (const TokenLogProbs& t : tokens) sum += double(t.chosen.log_prob);
    return sum;
  }
  /// The mean of -ln p: what transformers calls loss, with labels = the ids. 0 of a text of one token.
  double loss() const { return tokens.empty() ? 0.0 : -log_prob() / double(tokens.size()); }
  double perplexity() const { return std::exp(loss()); }
};

class ScoreSearch {
 public:
  explicit ScoreSearch(std::vector<token_id> ids, ScoreOptions options = {})
      : ids_(std::move(ids)), options_(options) {}

  bool finished() const { return score_.tokens.size() + 1 >= ids_.size(); }
  const TextScore& score() const { return score_; }

  /// Every token but the last is fed, `chunk_size` of them a step.
  template <class Builder, class C>
  Fault propose(Builder& builder, C& cache) {
    row_ = -1;
    if (finished()) return {};
    const auto done = std::int32_t(score_.tokens.size());
    if (sequence_ < 0 && (sequence_ = cache.create()) < 0)
      return fault(FaultCode::out_of_memory, "cache: no room for another sequence");
    if (!cache.rewind(sequence_, done))
      return fault(FaultCode::unsupported, "cache: cannot go back to position", done, cache.length(sequence_));
    count_ = std::min(std::int32_t(ids_.size()) - 1 - done, std::max(1, options_.chunk_size));
    const RowOrigin origin{0, 0, std::int32_t(ids_.size())};
    const auto tokens = std::span<const token_id>(ids_).subspan(std::size_t(done), std::size_t(count_));
    row_ = builder.add(cache, sequence_, tokens, count_, 0, 0, origin);
    return {};
  }

  template <class C>
  Fault consume(const LogitsBatch& logits, C&) {
    if (row_ < 0) return {};
    std::vector<TokenLogProbs> more;
    for (std::int32_t i = 0; i < count_; ++i) {
      const token_id next = ids_[score_.tokens.size() + std::size_t(i) + 1];
      if (next < 0 || next >= logits.vocab)
        return fault(FaultCode::out_of_range, "score: ids below", logits.vocab, next);
      more.push_back(detail::log_probs_of(logits[row_ + i], next, options_.top_logprobs));
    }
    score_.tokens.insert(score_.tokens.end(), std::make_move_iterator(more.begin()),
                         std::make_move_iterator(more.end()));
    row_ = -1;
    return {};
  }

  template <class C>
  void release(C& cache) {
    if (sequence_ >= 0) cache.drop(sequence_);
    sequence_ = -1;
  }

 private:
  std::vector<token_id> ids_;
  ScoreOptions options_;
  TextScore score_;
  SeqId sequence_ = -1;
  std::int32_t row_ = -1, count_ = 0;
};

}  // namespace skald
