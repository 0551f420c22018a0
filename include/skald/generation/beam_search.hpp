// Beam search over one prompt, with the bookkeeping of transformers since 4.50 (generation/utils.py, _beam_search).
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "skald/generation/beam_candidates.hpp"
#include "skald/generation/sample_search.hpp"

namespace skald::inline SKALD_ABI {

enum class EarlyStopping : std::uint8_t { no, yes, never };

struct BeamSettings {
  std::int32_t num_beams = 4;
  std::int32_t num_return_sequences = 1;
  float length_penalty = 1.0f;
  EarlyStopping early_stopping = EarlyStopping::no;
  bool do_sample = false;  ///< candidates are drawn instead of the best taken
  std::uint64_t seed = 0;  ///< of these draws
};

/// A finished sequence: ids (prompt and new), sum of log-probabilities / length^penalty, and which running beam each
/// new token came from.
struct BeamHypothesis {
  std::vector<token_id> ids;
  std::vector<std::int32_t> beams;
  float score = 0;
  FinishReason reason = FinishReason::none;
};

/// Log-probabilities in float32; the rule sees them before they are summed, unscaled. Ties: the lower beam, then the
/// lower token. Costs num_beams rows a step, one while the prompt is read.
/// Beam sample: as many candidates are drawn without replacement, from softmax(summed scores) over all beams and
/// tokens; which of them may finish goes by the order of drawing, which of them go on by their scores.
template <class Rule, StoppingCriterion Stop>
class BeamSearch {
 public:
  BeamSearch(std::vector<token_id> prompt, Rule rule, Stop stop, SequenceSettings settings, BeamSettings beams)
      : prompt_length_(std::int32_t(prompt.size())), rule_(std::move(rule)), stop_(std::move(stop)),
        settings_(std::move(settings)), beams_(beams) {
    auto state = rule_.start(settings_.context(prompt, prompt_length_));
    running_.push_back({std::move(prompt), {}, 0.0f, std::move(state), settings_.begun, -1});
  }

  std::int32_t prompt_length() const { return prompt_length_; }
  bool finished() const { return finished_; }

  /// Best first, at most num_return_sequences; empty before the end.
  std::span<const BeamHypothesis> results() const {
    const std::size_t n = std::min(done_.size(), std::size_t(beams_.num_return_sequences));
    return {done_.data(), finished_ ? n : 0};
  }

  /// The best sequence still running: what a cancelled search can show.
  std::span<const token_id> best_running() const { return running_.front().ids; }

  template <class Builder, class C>
  Fault propose(Builder& builder, C& cache) {
    for (Beam& b : running_) b.row = -1;
    if (finished_) return {};
    if (Fault f = settings_.check_prompt(running_.front().ids.size())) return f;
    for (Beam& b : running_) {
      Feed what = settings_.feed(b.ids, prompt_length_);
      what.origin.row = settings_.prompt * beams_.num_beams + std::int32_t(&b - running_.data());
      if (running_.size() > 1) what.chunk = 0;  // all beams' logits in one step
      if (Fault f = feed(builder, cache, b.sequence, what, b.row)) return f;
    }
    return {};
  }

  template <class C>
  Fault consume(const LogitsBatch& logits, C& cache) {
    if (running_.front().row < 0) return {};
    const auto keep = std::int32_t(std::max<std::size_t>(2, 1 + settings_.eos.size()));
    best_.start(std::size_t(keep * beams_.num_beams));
    for (std::size_t i = 0; i < running_.size(); ++i) {
      const Beam& b = running_[i];
      LogitsRow row = logits.row(b.row);
      detail::log_softmax(row.dense());
      RowContext context = settings_.context(b.ids, prompt_length_);
      context.log_probs = true;
      context.row = settings_.prompt * beams_.num_beams + std::int32_t(i);
      context.min_keep = settings_.eos.empty() ? 2 : std::int32_t(settings_.eos.size()) + 1;
      if (i < states_.size()) states_[i] = b.state;
      else states_.push_back(b.state);
      rule_(row, context, states_[i]);
      if (row.fault()) return row.fault();
      const RandomKey key{beams_.seed, std::uint32_t(settings_.prompt), std::uint32_t(b.ids.size())};
      const auto first_draw = std::uint32_t(i) * std::uint32_t(logits.vocab);
      row.for_each([&](float value, token_id token) {
        const float score = value + b.score;
        if (!(score > -std::numeric_limits<float>::infinity())) return;
        const float noise = beams_.do_sample ? detail::gumbel(key, first_draw + std::uint32_t(token)) : 0.0f;
        best_.offer({score, std::int32_t(i), token, score + noise});
      });
    }
    if (best_.sorted().empty())
      return fault(FaultCode::numeric, "logits: no token can be chosen (all removed, or not a number)",
                   running_.front().row);
    advance(cache);
    return {};
  }

  template <class C>
  void release(C& cache) {
    for (Beam& b : running_) {
      if (b.sequence >= 0) cache.drop(b.sequence);
      b.sequence = -1;
    }
  }

 private:
  static constexpr float never = -1e9f;

  struct Beam {
    std::vector<token_id> ids;
    std::vector<std::int32_t> beams;
    float score;
    typename Rule::State state;
    SeqId sequence;
    std::int32_t row;
  };

  float penalised(float score, std::int32_t length) const {
    return score / std::pow(float(length), beams_.length_penalty);
  }

  /// Everything that may throw comes before the first change; what it writes until then is kept for the next step.
  template <class C>
  void advance(C& cache) {
    const auto k = std::size_t(beams_.num_beams);
    const std::vector<detail::BeamCandidate>& best = best_.sorted();
    const bool slots_full = beams_.early_stopping == EarlyStopping::yes && done_.size() >= k;
    std::vector<BeamHypothesis> ended;
    going_on_.clear();
    for (std::size_t i = 0; i < best.size(); ++i) {
      const detail::BeamCandidate& c = best[i];
      const Beam& from = running_[std::size_t(c.beam)];
      assign(ids_, from.ids, c.token);
      const FinishReason hit = stop_(settings_.context(ids_, prompt_length_));
      if (hit == FinishReason::none) {
        going_on_.push_back(c);
      } else if (i < k && open_ && !slots_full) {
        const auto length = std::int32_t(ids_.size()) - prompt_length_;
        ended.push_back({ids_, from.beams, penalised(c.score, length), hit});
        ended.back().beams.push_back(c.beam);
      }
    }
    const bool all_hit = going_on_.empty();
    const auto better = [](const auto& a, const auto& b) { return a.score > b.score; };
    if (beams_.do_sample) std::stable_sort(going_on_.begin(), going_on_.end(), better);
    going_on_.resize(std::min(going_on_.size(), k));
    for (std::size_t i = 0; i < going_on_.size(); ++i) {
      const detail::BeamCandidate& c = going_on_[i];
      const Beam& from = running_[std::size_t(c.beam)];
      if (i == next_.size()) next_.push_back({{}, {}, 0.0f, states_[std::size_t(c.beam)], -1, -1});
      Beam& to = next_[i];
      assign(to.ids, from.ids, c.token);
      assign(to.beams, from.beams, c.beam);
      to.score = c.score;
      to.state = states_[std::size_t(c.beam)];
      to.sequence = to.row = -1;
      rule_.accept(c.token, to.state);
    }
    done_.reserve(k + 1);

    for (BeamHypothesis& h : ended) insert(done_, std::move(h), k);
    next_.erase(next_.begin() + std::ptrdiff_t(going_on_.size()), next_.end());
    const float best_running = next_score(next_);
    if (all_hit) {
      release(cache);
    } else {
      take_over(next_, cache);
      running_.swap(next_);
    }
    open_ = open_ && still_open(best_running);
    finished_ = !open_ || all_hit || (beams_.early_stopping == EarlyStopping::yes && done_.size() >= k);
  }

  static void assign(std::vector<std::int32_t>& to, const std::vector<std::int32_t>& list, std::int32_t more) {
    to.assign(list.begin(), list.end());
    to.push_back(more);
  }
  static float next_score(const std::vector<Beam>& next) { return next.empty() ? never : next.front().score; }

  /// A better one stands before a worse one, an older one before an equal one.
  static void insert(std::vector<BeamHypothesis>& done, BeamHypothesis h, std::size_t k) {
    auto at = done.begin();
    while (at != done.end() && at->score >= h.score) ++at;
    done.insert(at, std::move(h));
    if (done.size() > k) done.pop_back();
  }

  /// Each new beam goes on with its source's sequence: the first of them takes it, the others fork it.
  template <class C>
  void take_over(std::vector<Beam>& next, C& cache) {
    const auto taken = [&](std::size_t source, std::size_t by) {  // by one of the first
      return std::any_of(next.begin(), next.begin() + std::ptrdiff_t(by),
                         [&](const Beam& b) { return std::size_t(b.beams.back()) == source; });
    };
    for (std::size_t i = 0; i < running_.size(); ++i)
      if (running_[i].sequence >= 0 && !taken(i, next.size())) {
        cache.drop(running_[i].sequence);
        running_[i].sequence = -1;
      }
    for (std::size_t i = 0; i < next.size(); ++i) {
      const auto source = std::size_t(next[i].beams.back());
      // Where a fork failed (-1) the beam has no sequence: propose() makes one, which is fed anew, or says that none is
      // left.
      next[i].sequence = taken(source, i) ? cache.fork(running_[source].sequence) : running_[source].sequence;
    }
  }

  /// Whether some running beam may still beat the worst finished one.
  bool still_open(float best_running) const {
    if (done_.size() < std::size_t(beams_.num_beams)) return true;
    const std::int32_t now = std::int32_t(running_.front().ids.size()) - prompt_length_;
    const std::int32_t length = beams_.early_stopping == EarlyStopping::never && beams_.length_penalty > 0
                                    ? settings_.max_length - prompt_length_
                                    : now;
    return penalised(best_running, length) > done_.back().score;
  }

  std::int32_t prompt_length_;
  SKALD_NO_UNIQUE_ADDRESS Rule rule_;
  SKALD_NO_UNIQUE_ADDRESS Stop stop_;
  SequenceSettings settings_;
  BeamSettings beams_;
  std::vector<Beam> running_;
  std::vector<BeamHypothesis> done_;
  bool open_ = true, finished_ = false;

  // A step's working room.
  detail::BeamCandidates best_;
  std::vector<detail::BeamCandidate> going_on_;
  std::vector<typename Rule::State> states_;
  std::vector<token_id> ids_;
  std::vector<Beam> next_;
};

}  // namespace skald
