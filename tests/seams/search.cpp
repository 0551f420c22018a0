// A search: it proposes rows and consumes logits, and shares steps with any other.
#include <cmath>

#include "seams/lm.hpp"
#include "skald/sampling/multinomial.hpp"

BOOST_AUTO_TEST_SUITE(seams_search)

namespace {

/// Two samples of one prompt, which is read once; the one with the higher log-probability is the result.
class BestOfTwo {
 public:
  BestOfTwo(seams::Tokens prompt, std::int32_t new_tokens, std::uint64_t seed)
      : length_(prompt.size() + std::size_t(new_tokens)), sampler_{seed}, samples_{{prompt, 0, -1, -1}} {}

  bool finished() const { return samples_.size() == 2 && samples_[0].ids.size() == length_; }
  const seams::Tokens& best() const { return samples_[samples_[1].score > samples_[0].score ? 1 : 0].ids; }
  float score(std::size_t i) const { return samples_[i].score; }

  template <class Builder, class Cache>
  skald::Fault propose(Builder& builder, Cache& cache) {
    for (Sample& s : samples_) s.row = -1;
    if (finished()) return {};
    for (Sample& s : samples_)
      if (skald::Fault f = skald::feed(builder, cache, s.sequence, {.ids = s.ids}, s.row)) return f;
    return {};
  }

  template <class Cache>
  skald::Fault consume(const skald::LogitsBatch& logits, Cache& cache) {
    if (samples_[0].row < 0) return {};
    std::vector<Sample> next = samples_;  // all or nothing
    if (next.size() == 1) {
      next.push_back(next[0]);
      next[1].sequence = -1;
    }
    for (std::uint32_t i = 0; i < 2; ++i) {
      skald::LogitsRow row = logits.row(next[i].row);
      const skald::token_id token = sampler_(row, {sampler_.seed, i, std::uint32_t(next[i].ids.size())});
      if (token < 0) return skald::fault(skald::FaultCode::numeric, "BestOfTwo: no token");
      double sum = 0;
      row.for_each([&](float v, skald::token_id) { sum += std::exp(double(v)); });
      next[i].score += *row.find(token) - float(std::log(sum));
      next[i].ids.push_back(token);
    }
    if (samples_.size() == 1) next[1].sequence = cache.fork(next[0].sequence);  // -1: it is fed anew
    samples_ = next;
    return {};
  }

  template <class Cache>
  void release(Cache& cache) {
    for (Sample& s : samples_) cache.drop(std::exchange(s.sequence, -1));
  }

 private:
  struct Sample {
    seams::Tokens ids;
    float score;
    skald::SeqId sequence;
    std::int32_t row;
  };
  std::size_t length_;
  skald::Multinomial sampler_;
  std::vector<Sample> samples_;
};

static_assert(skald::SearchStrategy<BestOfTwo, skald::PagedCache<skald::Reference>>);

}  // namespace

BOOST_AUTO_TEST_CASE(a_search) {
  using namespace skald;
  using namespace seams;
  auto session = Session<Lm>::create(lm());
  BestOfTwo search(prompt, 10, 5);
  while (!search.finished()) BOOST_REQUIRE(!session.step(search));
  // The first sample is what generate draws, since it has that key.
  const auto first =
      generate(lm(), prompt, chain(), Multinomial{.seed = 5}, {.max_new_tokens = 10, .eos_token_id = Tokens{}});
  const auto second = generate(lm(), prompt, chain(), Multinomial{.seed = 5},
                               {.max_new_tokens = 10, .eos_token_id = Tokens{}, .num_return_sequences = 2});
  BOOST_TEST(search.best() == (search.score(0) >= search.score(1) ? first.sequences[0] : second.sequences[1]));
  BOOST_TEST(search.score(0) < 0);
  BOOST_TEST(search.score(0) != search.score(1));

  // In one step with searches of the library.
  BestOfTwo again(prompt, 10, 5);
  SequenceSettings settings;
  settings.max_length = 15;
  SampleSearch<Chain<>, Greedy, decltype(stop_when())> greedy(prompt, chain(), {}, stop_when(), settings);
  while (!again.finished() || !greedy.finished()) BOOST_REQUIRE(!session.step(again, greedy));
  BOOST_TEST(again.best() == search.best());
  const auto free = session.engine().cache().free_positions();
  search.release(session.engine().cache());
  BOOST_TEST(session.engine().cache().free_positions() > free);
}

BOOST_AUTO_TEST_SUITE_END()
