// A small model that guesses for a large one.
#pragma once
#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "skald/generation/assistant_options.hpp"
#include "skald/generation/drafter.hpp"
#include "skald/generation/session.hpp"
#include "skald/generation/speculative_sampling.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// A drafter: `generate(lm, ids, rule, sampler, options, DraftModel(small))`. Both models must have one vocabulary, and
/// `small` must outlive it. `rule` is what its own scores go through; the one of the call makes guesses likelier right.
/// Greedy calls get its greedy guesses; calls that sample get guesses drawn from softmax(scores), by draws of its own.
/// It holds a session, made at the first guess; a copy makes its own. A forward that fails guesses nothing, and the
/// call goes on without: last_fault() says why. Costs a forward of the small model a guess. A small encoder-decoder
/// helps a large one: its encoder reads the same, once.
template <class Model, class Rule = Chain<>>
class DraftModel {
 public:
  explicit DraftModel(const Model& assistant, AssistantOptions options = {}, Rule rule = chain())
      : model_(&assistant), options_(options), rule_(std::move(rule)), transient_(options.num_assistant_tokens),
        kept_(std::make_shared<std::int32_t>(options.num_assistant_tokens)) {}
  DraftModel(const DraftModel& o)
      : model_(o.model_), options_(o.options_), rule_(o.rule_), transient_(o.options_.num_assistant_tokens),
        kept_(o.kept_), cancel_(o.cancel_) {}
  DraftModel(DraftModel&&) = default;
  DraftModel& operator=(DraftModel&&) = default;
  DraftModel& operator=(const DraftModel& o) { return *this = DraftModel(o); }

  std::int32_t vocab_size() const { return model_->vocab_size(); }
  const Fault& last_fault() const { return fault_; }  ///< why it guessed nothing; none: it did not have to
  std::int32_t num_assistant_tokens() const { return heuristic() ? *kept_ : transient_; }  ///< as it is now
  void cancel_on(const std::atomic<bool>* flag) { cancel_ = flag; }

  std::span<const token_id> draft(std::span<const token_id> ids, std::int32_t most) {
    RowContext context;
    context.ids = ids;
    context.prompt_length = context.max_length = std::int32_t(ids.size());
    return draft(context, most, nullptr);
  }

  /// `key`: of the first guess when the call samples; null: greedy.
  std::span<const token_id> draft(const RowContext& context, std::int32_t most, const RandomKey* key) {
    const std::int32_t n = std::min(most, num_assistant_tokens());
    ids_.assign(context.ids.begin(), context.ids.end());
    guesses_ = 0;
    probabilities_.clear();
    if (n <= 0 || (fault_ = ready(std::int32_t(ids_.size()) + n))) return {};
    context_ = context;
    if ((fault_ = read())) return {};
    context_.ids = context.ids.first(std::size_t(context.prompt_length));
    key_ = key ? std::optional(*key) : std::nullopt;
    auto state = rule_.start(context_);
    for (const token_id t : context.ids.subspan(std::size_t(context.prompt_length))) rule_.accept(t, state);
    for (bool sure = true; sure && guesses_ < n;) {
      Step step{*this, state, sure};
      if ((fault_ = session_->step(step))) break;
      if (is_eos(ids_.back())) break;
    }
    return std::span<const token_id>(ids_).last(std::size_t(guesses_));
  }

  /// What guess i was drawn from; empty: it was the most probable token.
  std::span<const float> probabilities(std::int32_t i) const {
    const auto vocab = std::size_t(vocab_size());
    if ((std::size_t(i) + 1) * vocab > probabilities_.size()) return {};
    return std::span<const float>(probabilities_).subspan(std::size_t(i) * vocab, vocab);
  }

  void heard(std::int32_t matched, std::int32_t guessed) {
    if (options_.num_assistant_tokens_schedule == AssistantSchedule::constant) return;
    std::int32_t& n = heuristic() ? *kept_ : transient_;
    n = matched == guessed ? n + 2 : std::max(1, n - 1);
  }

 private:
  using State = typename Rule::State;

  /// One guess, as a search over the assistant's own session.
  struct Step {
    DraftModel& of;
    State& state;
    bool& sure;
    std::int32_t row = -1;

    bool finished() const { return false; }
    template <class C>
    void release(C&) {}
    template <class Builder, class C>
    Fault propose(Builder& builder, C& cache) {
      return of.propose(builder, cache, row);
    }
    template <class C>
    Fault consume(const LogitsBatch& logits, C&) {
      LogitsRow scores = logits.row(row);
      return of.choose(scores, state, sure);
    }
  };

  bool heuristic() const { return options_.num_assistant_tokens_schedule == AssistantSchedule::heuristic; }
  bool is_eos(token_id t) const { return std::find(context_.eos.begin(), context_.eos.end(), t) != context_.eos.end(); }

  /// A session with room for `length` positions; a larger one is made when it has not.
  Fault ready(std::int32_t length) {
    if (session_ && length <= session_->engine().cache().context()) return {};
    const std::int32_t context = std::max(2 * length, model_->spec().max_positions);
    auto made = Session<Model>::try_create(*model_, {context, std::int64_t{context} + 32});
    if (!made) return fault(made.error().code(), "assistant model: its session could not be made", context);
    session_.emplace(*std::move(made));
    session_->engine().queue().cancel_on(cancel_);
    held_.clear();
    sequence_ = -1;
    return {};
  }

  /// Of an encoder-decoder: a sequence that sees what the large model's encoder read.
  Fault read() {
    if constexpr (requires(const Model& m) { m.encoder(); }) {
      const auto ids = context_.encoder_ids;
      if (sequence_ >= 0 && std::equal(read_.begin(), read_.end(), ids.begin(), ids.end())) return {};
      if (ids.empty())
        return fault(FaultCode::invalid_argument, "assistant model: an encoder-decoder, which must have what to read");
      auto& cache = session_->engine().cache();
      if (sequence_ >= 0) cache.drop(sequence_);
      held_.clear();
      read_.assign(ids.begin(), ids.end());
      std::vector<std::int32_t> positions(ids.size());
      for (std::size_t i = 0; i < ids.size(); ++i) positions[i] = std::int32_t(i);
      sequence_ = cache.create();
      if (sequence_ < 0) return fault(FaultCode::out_of_memory, "cache: no room for another sequence");
      const Row row{.sequence = sequence_, .count = std::int32_t(ids.size())};
      auto& queue = session_->engine().queue();
      Fault f = model_->encode(queue, {read_, positions, {&row, 1}, {}}, cache);
      const Fault ended = queue.wait();
      if (!f) f = ended;
      if (f) cache.drop(std::exchange(sequence_, -1));
      return f;
    }
    return {};
  }

  /// What the cache holds beyond the common beginning goes.
  template <class Builder, class C>
  Fault propose(Builder& builder, C& cache, std::int32_t& row) {
    if (sequence_ >= 0) {
      held_.resize(std::min(held_.size(), std::size_t(cache.length(sequence_))));
      const auto same = std::mismatch(held_.begin(), held_.end(), ids_.begin(), ids_.end()).first - held_.begin();
      if (!cache.rewind(sequence_, std::int32_t(same)))
        return fault(FaultCode::unsupported, "cache: cannot go back to position", std::int32_t(same));
    }
    if (Fault f = feed(builder, cache, sequence_, {ids_}, row)) return f;
    held_ = ids_;
    return {};
  }

  Fault choose(LogitsRow& row, State& state, bool& sure) {
    context_.ids = ids_;
    rule_(row, context_, state);
    const float top = row.max();
    if (!(top > -detail::infinity && top < detail::infinity))
      return fault(FaultCode::numeric, "logits: no token can be chosen (all removed, or not a number)");
    double total = 0;
    row.for_each([&](float x, token_id) { total += std::exp(double(x) - double(top)); });
    const auto p = [&](float x) { return float(std::exp(double(x) - double(top)) / total); };
    token_id token = row.best();
    if (key_) {
      const std::size_t first = probabilities_.size();
      probabilities_.resize(first + std::size_t(row.vocab()), 0.0f);
      const std::span<float> q = std::span(probabilities_).subspan(first);
      double left = 0;
      row.for_each([&](float x, token_id t) { left += double(q[std::size_t(t)] = p(x)); });
      const RandomKey key{key_->seed, key_->sequence, std::uint32_t(ids_.size())};
      left *= double(random_uniform(key, detail::guess_draw));
      for (std::size_t t = 0; t < q.size() && left >= 0; ++t)
        if (q[t] > 0) token = token_id(t), left -= double(q[t]);
    }
    sure = !(p(*row.find(token)) < options_.assistant_confidence_threshold);
    rule_.accept(token, state);
    ids_.push_back(token);
    ++guesses_;
    return {};
  }

  const Model* model_;
  AssistantOptions options_;
  SKALD_NO_UNIQUE_ADDRESS Rule rule_;
  std::int32_t transient_;                 // guesses at a time, of this copy
  std::shared_ptr<std::int32_t> kept_;     // and of all of them
  const std::atomic<bool>* cancel_ = nullptr;
  std::optional<Session<Model>> session_;
  SeqId sequence_ = -1;
  std::vector<token_id> ids_, held_;       // prompt and guesses; what the cache holds
  std::vector<token_id> read_;             // by the encoder, where there is one
  std::int32_t guesses_ = 0;
  std::vector<float> probabilities_;       // [guesses, vocab] when it samples
  RowContext context_;
  std::optional<RandomKey> key_;
  Fault fault_;
};

}  // namespace skald
