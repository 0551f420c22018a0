// A search of your own: contrastive search, which transformers 5 took out. Of the k likeliest tokens it takes one that
// is likely and whose hidden state is unlike all before it, so texts do not turn in circles. Su et al., "A contrastive
// framework for neural text generation" (2022).
#include <skald/generation/recorded_states.hpp>
#include <skald/skald.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "check.hpp"

using skald::Fault, skald::LogitsBatch, skald::LogitsRow, skald::SeqId, skald::token_id;

/// Proposes each candidate behind the text, all in one step, and keeps one of them.
class ContrastiveSearch {
 public:
  ContrastiveSearch(std::vector<token_id> prompt, std::size_t length, int k, float alpha, skald::RecordedStates& states,
                    int layer)
      : ids_(std::move(prompt)), length_(length), k_(k), alpha_(alpha), states_(&states), layer_(layer) {}

  bool finished() const { return ids_.size() >= length_; }
  const std::vector<token_id>& ids() const { return ids_; }

  template <class Builder, class Cache>
  Fault propose(Builder& builder, Cache& cache) {
    if (finished()) return {};
    if (candidates_.empty()) return skald::feed(builder, cache, text_, {.ids = ids_}, row_);
    for (Candidate& c : candidates_) {
      if (c.sequence < 0) c.sequence = cache.fork(text_);  // shares the past
      std::vector<token_id> ids(ids_);
      ids.push_back(c.token);
      const skald::RowOrigin origin{.row = int(&c - candidates_.data())};  // where its states are recorded
      if (Fault f = skald::feed(builder, cache, c.sequence, {.ids = ids, .origin = origin}, c.row)) return f;
    }
    return {};
  }

  template <class Cache>
  Fault consume(const LogitsBatch& logits, Cache& cache) {
    if (candidates_.empty()) {  // the prompt was read
      for (int p = 0; p < int(ids_.size()); ++p) past_.push_back(state(0, p));
    } else {
      const Candidate best = *std::ranges::max_element(candidates_, {}, [&](const Candidate& c) { return score(c); });
      for (const Candidate& c : candidates_)
        if (c.sequence != best.sequence) cache.drop(c.sequence);
      cache.drop(std::exchange(text_, best.sequence));
      past_.push_back(state(int(best.place), int(ids_.size())));
      ids_.push_back(best.token);
      row_ = best.row;
    }
    LogitsRow row = logits.row(row_);
    std::vector<float> p(row.values().begin(), row.values().end());
    double sum = 0;
    for (float& x : p) sum += x = std::exp(x - row.max());
    row.keep_best(k_);
    candidates_.clear();
    row.for_each([&](float, token_id t) {
      candidates_.push_back({t, candidates_.size(), float(p[std::size_t(t)] / sum), -1, -1});
    });
    return {};
  }

  template <class Cache>
  void release(Cache& cache) {
    for (Candidate& c : candidates_)
      if (c.sequence >= 0) cache.drop(c.sequence);
    candidates_.clear();
    if (text_ >= 0) cache.drop(std::exchange(text_, -1));
  }

 private:
  struct Candidate {
    token_id token;
    std::size_t place;
    float p;
    SeqId sequence;
    std::int32_t row;
  };

  /// A hidden state of length 1.
  std::vector<float> state(int row, int position) const {
    const auto h = states_->hidden(row, layer_, position);
    std::vector<float> unit(h.begin(), h.end());
    double square = 0;
    for (const float x : unit) square += double(x) * x;
    for (float& x : unit) x = float(x / std::sqrt(square));
    return unit;
  }
  float score(const Candidate& c) const {
    const std::vector<float> mine = state(int(c.place), int(ids_.size()));
    float alike = -1;
    for (const auto& other : past_) {
      double cosine = 0;
      for (std::size_t i = 0; i < mine.size(); ++i) cosine += double(mine[i]) * other[i];
      alike = std::max(alike, float(cosine));
    }
    return (1 - alpha_) * c.p - alpha_ * alike;
  }

  std::vector<token_id> ids_;
  std::size_t length_;
  int k_;
  float alpha_;
  skald::RecordedStates* states_;
  int layer_;
  std::vector<std::vector<float>> past_;  // of every token of the text
  std::vector<Candidate> candidates_;
  SeqId text_ = -1;
  std::int32_t row_ = -1;
};

int main(int argc, char** argv) {
  using namespace skald;
  const char* folder = argc > 1 ? argv[1] : SKALD_EXAMPLE_MODELS "/skald-tales";
  auto lm = Transformer<Cpu, fp32>::from_pretrained(folder);
  auto tok = AutoTokenizer::from_pretrained(folder);
  const auto prompt = tok("Once upon a time").ids;

  const auto search = [&](int k, float alpha) {
    RecordedStates states;
    const WithStates observed(lm, states);
    auto session = Session<WithStates<Transformer<Cpu, fp32>>>::create(observed, {.context = 256});
    ContrastiveSearch contrastive(prompt, prompt.size() + 60, k, alpha, states, lm.spec().decoder.layers);
    while (!contrastive.finished()) check(!session.step(contrastive), "a step");
    contrastive.release(session.engine().cache());
    return contrastive.ids();
  };
  const auto greedy = generate(lm, prompt, chain(), Greedy{}, {.max_new_tokens = 60, .eos_token_id = {{}}});
  const auto unlike = search(4, 0.6f);
  std::cout << "greedy:      " << tok.decode(greedy.sequences[0]) << "\ncontrastive: " << tok.decode(unlike) << "\n";

  check(search(4, 0) == greedy.sequences[0], "without the penalty the likeliest token is taken");
  check(search(1, 0.6f) == greedy.sequences[0], "one candidate leaves no choice");
  check(unlike != greedy.sequences[0], "the penalty changes the text");
  check(unlike.size() == prompt.size() + 60, "60 tokens were asked for");
}
