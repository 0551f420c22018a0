// One sequence, several tokens a step: a drafter guesses, the model's own choices confirm. The tokens are those of
// SampleSearch, greedy and sampled alike, because every choice is made from the model's logits under its own key. Only
// guesses drawn from known probabilities are taken at their odds: other tokens, of the same distribution.
#pragma once
#include <algorithm>
#include <utility>
#include <vector>

#include "skald/generation/drafter.hpp"
#include "skald/generation/sample_search.hpp"
#include "skald/generation/speculative_sampling.hpp"

namespace skald::inline SKALD_ABI {

template <class Rule, Sampler S, StoppingCriterion Stop, Drafter D>
class AssistedSearch {
 public:
  AssistedSearch(std::vector<token_id> prompt, Rule rule, S sampler, Stop stop, D drafter, SequenceSettings settings)
      : ids_(std::move(prompt)), prompt_length_(std::int32_t(ids_.size())), rule_(std::move(rule)),
        sampler_(std::move(sampler)), stop_(std::move(stop)), drafter_(std::move(drafter)), settings_(settings),
        state_(rule_.start(context(ids_))),
        sampler_state_(detail::start_sampler(sampler_, settings_.sequence, settings_.sequences)),
        sequence_(settings_.begun) {}

  std::span<const token_id> ids() const { return ids_; }
  std::span<const token_id> new_ids() const { return ids().subspan(std::size_t(prompt_length_)); }
  std::int32_t prompt_length() const { return prompt_length_; }
  FinishReason reason() const { return reason_; }
  bool finished() const { return reason_ != FinishReason::none; }
  D& drafter() { return drafter_; }
  std::int64_t drafted() const { return drafted_; }    ///< tokens guessed so far
  std::int64_t accepted() const { return accepted_; }  ///< of them confirmed

  template <class Builder, class C>
  Fault propose(Builder& builder, C& cache) {
    row_ = -1;
    guess_.clear();
    if (finished()) return {};
    if (Fault f = settings_.check_prompt(ids_.size())) return f;
    const auto length = std::int32_t(ids_.size());
    std::int32_t room = settings_.max_length - length - 1;
    // A guess beyond the switch would turn keys that may have to stay.
    const std::int32_t here = settings_.rope_switch - settings_.rope_ahead - length;
    if (settings_.rope_switch > 0 && here >= 0) room = std::min(room, here);
    const bool last_chunk = settings_.prefill_chunk <= 0 ||
                            std::int32_t(ids_.size()) - held(cache) <= settings_.prefill_chunk;
    if (room > 0 && last_chunk) {
      // A guess is not carried beyond an end token: nothing behind it could be kept.
      for (token_id t : guesses(room)) {
        if (std::int32_t(guess_.size()) == room) break;
        guess_.push_back(t);
        if (is_eos(t)) break;
      }
    }
    tried_.assign(ids_.begin(), ids_.end());
    tried_.insert(tried_.end(), guess_.begin(), guess_.end());
    return feed(builder, cache, sequence_, settings_.feed(tried_, prompt_length_, std::int32_t(guess_.size())), row_);
  }

  /// Row i follows ids and i guesses; it is looked at only while the guesses before it were right.
  template <class C>
  Fault consume(const LogitsBatch& logits, C&) {
    if (row_ < 0) return {};
    tried_.assign(ids_.begin(), ids_.end());  // a throw below must leave the search as it was
    auto state = state_;
    auto sampler_state = sampler_state_;
    FinishReason reason = FinishReason::none;
    std::size_t i = 0;
    for (; reason == FinishReason::none && i <= guess_.size(); ++i) {
      LogitsRow row = logits.row(row_ + std::int32_t(i));
      rule_(row, context(tried_), state);
      if (row.fault()) return row.fault();
      const token_id token = choose(row, i, tried_.size(), sampler_state);
      if (token < 0)
        return fault(FaultCode::numeric, "logits: no token can be chosen (all removed, or not a number)", row_);
      rule_.accept(token, state);
      tried_.push_back(token);
      reason = stop_(context(tried_));
      if (i < guess_.size() && guess_[i] != token) break;
    }
    const auto matched = std::int32_t(std::min(i, guess_.size())), guessed = std::int32_t(guess_.size());
    if constexpr (requires { drafter_.heard(matched, guessed); })
      if (guessed > 0) drafter_.heard(matched, guessed);
    drafted_ += guessed;
    accepted_ += matched;
    ids_.swap(tried_);
    state_ = std::move(state);
    sampler_state_ = std::move(sampler_state);
    reason_ = reason;
    row_ = -1;
    return {};
  }

  template <class C>
  void release(C& cache) {
    if (sequence_ >= 0) cache.drop(sequence_);
    sequence_ = -1;
  }

  /// Gives its sequence away instead, for a prompt that begins alike: what was confirmed of it.
  template <class C>
  KeptSequence hand_over(C& cache) {
    if (sequence_ < 0) return {};
    const std::int32_t held = std::min(cache.length(sequence_), std::int32_t(ids_.size()) - 1);
    if (!cache.rewind(sequence_, held)) return {};
    return {{ids_.begin(), ids_.begin() + held}, std::exchange(sequence_, -1)};
  }

 private:
  std::span<const token_id> guesses(std::int32_t room) {
    if constexpr (SamplingDrafter<D>) {
      const RandomKey key = random_key(sampler_, settings_.sequence, std::uint32_t(ids_.size()));
      return drafter_.draft(context(ids_), room, draws_from_softmax(sampler_) ? &key : nullptr);
    } else {
      return drafter_.draft(ids_, room);
    }
  }

  template <class State>
  token_id choose(LogitsRow& row, std::size_t i, std::size_t position, State& state) {
    if constexpr (SamplingDrafter<D>)
      if (i < guess_.size() && draws_from_softmax(sampler_))
        if (const std::span<const float> q = drafter_.probabilities(std::int32_t(i)); !q.empty())
          return detail::speculative_token(row, guess_[i], q,
                                           random_key(sampler_, settings_.sequence, std::uint32_t(position)));
    return detail::draw(sampler_, row, settings_.sequence, position, state);
  }

  template <class C>
  std::int32_t held(const C& cache) const { return sequence_ < 0 ? 0 : cache.length(sequence_); }

  bool is_eos(token_id t) const {
    for (token_id e : settings_.eos)
      if (e == t) return true;
    return false;
  }

  RowContext context(std::span<const token_id> ids) const { return settings_.context(ids, prompt_length_); }

  std::vector<token_id> ids_, guess_, tried_;
  std::int32_t prompt_length_;
  SKALD_NO_UNIQUE_ADDRESS Rule rule_;
  SKALD_NO_UNIQUE_ADDRESS S sampler_;
  SKALD_NO_UNIQUE_ADDRESS Stop stop_;
  D drafter_;
  SequenceSettings settings_;
  typename Rule::State state_;
  SKALD_NO_UNIQUE_ADDRESS detail::SamplerState<S> sampler_state_;
  SeqId sequence_ = -1;
  std::int32_t row_ = -1;
  FinishReason reason_ = FinishReason::none;
  std::int64_t drafted_ = 0, accepted_ = 0;
};

}  // namespace skald
