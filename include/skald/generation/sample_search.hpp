// One sequence, one token a step: greedy or sampled, by the sampler.
#pragma once
#include <utility>
#include <vector>

#include "skald/generation/kept_sequences.hpp"
#include "skald/generation/search.hpp"
#include "skald/generation/stopping.hpp"
#include "skald/logits/chain.hpp"
#include "skald/sampling/concepts.hpp"

namespace skald::inline SKALD_ABI {

/// What a search is told about its sequence.
struct SequenceSettings {
  std::int32_t max_length = 0;    ///< prompt and new tokens together
  std::uint32_t sequence = 0;     ///< which sequence of the call: keys the random numbers
  std::uint32_t sequences = 1;    ///< how many sequences the call has
  std::int32_t prompt = 0;        ///< which prompt it continues
  std::int32_t prefill_chunk = 0; ///< prompt tokens a step; 0: all
  std::uint16_t adapter = 0;
  std::int32_t rope_ahead = 0;    ///< Row::rope_ahead
  std::int32_t padding = 0;       ///< RowContext::padding
  token_id pad = no_token;        ///< RowContext::pad
  std::int32_t rope_switch = 0;   ///< ModelSpec::rope_switch
  EosIds eos{};
  SeqId begun = -1;               ///< a sequence of the cache that holds a beginning of the prompt; -1: none
  std::span<const token_id> encoder_ids{};  ///< RowContext::encoder_ids: the caller's, as long as the search lives
  std::int32_t window = 0;        ///< most tokens fed: beyond, the last half of them is read anew; 0: no limit

  Feed feed(std::span<const token_id> ids, std::int32_t prompt_length, std::int32_t drafted = 0) const {
    const RowOrigin origin{std::int32_t(sequence), prompt, prompt_length};
    return {ids, drafted, prefill_chunk, adapter, rope_ahead, origin, rope_switch};
  }

  RowContext context(std::span<const token_id> ids, std::int32_t prompt_length) const {
    RowContext c;
    c.ids = ids;
    c.prompt_length = prompt_length;
    c.max_length = max_length;
    c.row = std::int32_t(sequence);
    c.prompt = prompt;
    c.eos = {eos.data(), eos.size()};
    c.padding = padding;
    c.pad = pad;
    c.encoder_ids = encoder_ids;
    return c;
  }

  /// A prompt that leaves no room for a token is the caller's mistake.
  Fault check_prompt(std::size_t tokens) const {
    if (tokens == 0) return fault(FaultCode::invalid_argument, "generate: the prompt holds no token");
    if (std::int64_t(tokens) < max_length) return {};
    return fault(FaultCode::invalid_argument, "generate: prompt tokens below max_length", max_length,
                 std::int64_t(tokens));
  }
};

/// `Ids` is a list of tokens that holds the prompt: std::vector, or a FixedList on firmware. Everything is held by
/// value, so a search can be moved, saved and forked.
template <class Rule, Sampler S, StoppingCriterion Stop, class Ids = std::vector<token_id>>
class SampleSearch {
 public:
  SampleSearch(Ids prompt, Rule rule, S sampler, Stop stop, SequenceSettings settings)
      : ids_(std::move(prompt)),
        prompt_length_(std::int32_t(ids_.size())),
        rule_(std::move(rule)),
        sampler_(std::move(sampler)),
        stop_(std::move(stop)),
        settings_(std::move(settings)),
        state_(rule_.start(context())),
        sampler_state_(detail::start_sampler(sampler_, settings_.sequence, settings_.sequences)),
        sequence_(settings_.begun) {}

  std::span<const token_id> ids() const { return {ids_.data(), ids_.size()}; }
  std::span<const token_id> new_ids() const { return ids().subspan(std::size_t(prompt_length_)); }
  std::int32_t prompt_length() const { return prompt_length_; }
  FinishReason reason() const { return reason_; }
  bool finished() const { return reason_ != FinishReason::none; }

  template <class Builder, class C>
  Fault propose(Builder& builder, C& cache) {
    row_ = -1;
    if (finished()) return {};
    if (Fault f = settings_.check_prompt(ids_.size())) return f;
    if (settings_.window > 0 && ids_.size() - from_ > std::size_t(settings_.window)) {
      from_ = ids_.size() - std::size_t(settings_.window + 1) / 2;
      if (sequence_ >= 0 && !cache.rewind(sequence_, 0))
        return fault(FaultCode::unsupported, "cache: cannot go back to position", 0, cache.length(sequence_));
    }
    return feed(builder, cache, sequence_, settings_.feed(ids().subspan(from_), prompt_length_), row_);
  }

  template <class C>
  Fault consume(const LogitsBatch& logits, C&) {
    if (row_ < 0) return {};
    LogitsRow row = logits.row(row_);
    auto state = state_;  // a throw below must leave the search as it was
    auto sampler_state = sampler_state_;
    rule_(row, context(), state);
    if (row.fault()) return row.fault();
    const token_id token = detail::draw(sampler_, row, settings_.sequence, ids_.size(), sampler_state);
    if (token < 0)
      return fault(FaultCode::numeric, "logits: no token can be chosen (all removed, or not a number)", row_);
    rule_.accept(token, state);
    NewToken added(ids_, token);
    reason_ = stop_(context());
    added.stays = true;
    state_ = std::move(state);
    sampler_state_ = std::move(sampler_state);
    row_ = -1;
    return {};
  }

  template <class C>
  void release(C& cache) {
    if (sequence_ >= 0) cache.drop(sequence_);
    sequence_ = -1;
  }

  /// Gives its sequence away instead, for a prompt that begins alike.
  template <class C>
  KeptSequence hand_over(C& cache) {
    if (from_ > 0 || sequence_ < 0) return {};
    const auto held = ids().first(std::size_t(cache.length(sequence_)));
    return {{held.begin(), held.end()}, std::exchange(sequence_, -1)};
  }

 private:
  /// Taken back when the criterion throws: it is asked again when the search goes on.
  struct NewToken {
    NewToken(Ids& to, token_id token) : ids(to), before(to.size()) { ids.push_back(token); }
    ~NewToken() {
      if (!stays) ids.resize(before);
    }
    Ids& ids;
    std::size_t before;
    bool stays = false;
  };

  RowContext context() const { return settings_.context(ids(), prompt_length_); }

  Ids ids_;
  std::int32_t prompt_length_;
  SKALD_NO_UNIQUE_ADDRESS Rule rule_;
  SKALD_NO_UNIQUE_ADDRESS S sampler_;
  SKALD_NO_UNIQUE_ADDRESS Stop stop_;
  SequenceSettings settings_;
  typename Rule::State state_;
  SKALD_NO_UNIQUE_ADDRESS detail::SamplerState<S> sampler_state_;
  SeqId sequence_ = -1;
  std::size_t from_ = 0;  // the first token that the sequence holds
  std::int32_t row_ = -1;
  FinishReason reason_ = FinishReason::none;
};

}  // namespace skald
