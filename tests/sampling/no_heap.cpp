// Fixed chains and samplers never ask for memory: this program's operator new counts.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdlib>
#include <new>

#include "logits/test_row.hpp"
#include "skald/logits/any_processor.hpp"
#include "skald/logits/bad_words.hpp"
#include "skald/logits/begin_suppress_tokens.hpp"
#include "skald/logits/encoder_no_repeat_ngram.hpp"
#include "skald/logits/encoder_repetition_penalty.hpp"
#include "skald/logits/epsilon_cutoff.hpp"
#include "skald/logits/eta_cutoff.hpp"
#include "skald/logits/exponential_decay_length_penalty.hpp"
#include "skald/logits/forced_eos.hpp"
#include "skald/logits/frequency_penalty.hpp"
#include "skald/logits/min_length.hpp"
#include "skald/logits/min_new_tokens.hpp"
#include "skald/logits/min_p.hpp"
#include "skald/logits/no_repeat_ngram.hpp"
#include "skald/logits/presence_penalty.hpp"
#include "skald/logits/remove_invalid_values.hpp"
#include "skald/logits/renormalize_logits.hpp"
#include "skald/logits/repetition_penalty.hpp"
#include "skald/logits/sequence_bias.hpp"
#include "skald/logits/suppress_tokens.hpp"
#include "skald/logits/synthid_text_watermark.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_h.hpp"
#include "skald/logits/top_k.hpp"
#include "skald/logits/top_p.hpp"
#include "skald/logits/typical_p.hpp"
#include "skald/logits/watermark.hpp"
#include "skald/sampling/greedy.hpp"
#include "skald/sampling/multinomial.hpp"
#include "skald/sampling/torch_multinomial.hpp"

namespace {

std::atomic<long> allocations{0};

}  // namespace

void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(n ? n : 1);
}
void* operator new(std::size_t n) {
  if (void* p = operator new(n, std::nothrow)) return p;
  std::abort();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

BOOST_AUTO_TEST_SUITE(sampling_no_heap)

using namespace skald;

namespace {

struct Parity {
  struct State {
    bool odd = false;
  };
  State start(const RowContext& c) const { return {c.ids.size() % 2 != 0}; }
  void operator()(LogitsRow& row, const RowContext&, State& s) const {
    row.keep_if([&](float, token_id t) { return (t % 2 != 0) == s.odd; });
  }
  void accept(token_id, State& s) const { s.odd = !s.odd; }
};

template <class Rule>
long allocations_of(const Rule& rule) {
  std::mt19937 random(1);
  test::RowBuffers b(test::random_scores(random, 5000, 0));
  const std::vector<token_id> ids{1, 2, 3, 2, 1};
  const long before = allocations;
  LogitsRow row = b.row();
  const RowContext context{.ids = ids};
  auto state = rule.start(context);
  auto fork = state;
  rule(row, context, fork);
  const Multinomial sampler{.seed = 1};
  rule.accept(sampler(row, random_key(sampler, 0, 0)), fork);
  rule.accept(Greedy{}(row, {}), state);
  row.dense();
  return allocations - before;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_fixed_chain_never_allocates) {
  const auto lower_three = [](float v, token_id t) { return t == 3 ? v - 1 : v; };
  const auto rule = RepetitionPenalty{1.1f} | Temperature{0.7f} | lower_three | Parity{} | TopK{300} | TopP{0.9f} |
                    MinP{0.05f};
  BOOST_TEST(allocations_of(rule) == 0);
  const auto bans = EncoderRepetitionPenalty{1.2} | FrequencyPenalty{0.1f} | PresencePenalty{0.1f} | NoRepeatNgram{2} |
                    EncoderNoRepeatNgram{2} | MinLength{9} | MinNewTokens{9} | RemoveInvalidValues{} |
                    ExponentialDecayLengthPenalty{0, 1.1};
  BOOST_TEST(allocations_of(bans) == 0);
  const auto cuts = TopH{0.9} | TypicalP{0.9} | EpsilonCutoff{0.001} | EtaCutoff{0.001} | RenormalizeLogits{};
  BOOST_TEST(allocations_of(cuts) == 0);
  // With lists of their own: none once they are made.
  const std::vector<token_id> ids{1, 2, 3}, eos{3};
  const auto lists = SequenceBias({{{1}, 2.0f}, {{2, 3}, 1.0f}}) | BadWords({{5}, {2, 1}}) | SuppressTokens{{7}} |
                     BeginSuppressTokens{{8}} | ForcedEos{{3}} | Watermark(WatermarkingConfig{}) |
                     SynthIDTextWatermark({.ngram_len = 3, .keys = {1, 2}});
  test::RowBuffers b(test::Scores(5000, 1.0f));
  const RowContext context{.ids = ids, .prompt_length = 2, .max_length = 4, .eos = eos};
  auto state = lists.start(context);
  const long before = allocations;
  LogitsRow row = b.row();
  lists(row, context, state);
  const TorchMultinomial sampler{1};
  auto draws = sampler.start(0, 1);
  BOOST_TEST(sampler(row, {}, draws) == 3);
  BOOST_TEST(allocations == before);
  BOOST_TEST(allocations_of(chain()) == 0);
}

BOOST_AUTO_TEST_CASE(the_count_counts) {
  AnyProcessor any;
  any.add(TopK{3});
  BOOST_TEST(allocations_of(chain(any)) > 0);
}

BOOST_AUTO_TEST_SUITE_END()
