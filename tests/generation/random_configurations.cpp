// Whatever a call asks for: backends agree, a batch is its rows, an interruption changes nothing.
#include <boost/test/unit_test.hpp>

#include "generation/heap.hpp"
#include "generation/searches.hpp"
#include "skald/backend/cpu.hpp"
#include "skald/generation/generate.hpp"
#include "skald/logits/any_processor.hpp"
#include "skald/logits/repetition_penalty.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_k.hpp"
#include "skald/logits/top_p.hpp"
#include "skald/model/transformer.hpp"
#include "skald/ops/cpu/kernels.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(generation_random_configurations)

using namespace test;

namespace {

template <class B>
using Lm = Transformer<B, fp32, FromConfig>;

/// Draws of one case.
struct Dice {
  std::uint32_t seed, at = 0;
  std::uint32_t operator()(std::uint32_t n) { return random_bits({seed, 0, 0}, at++) % n; }
  bool coin() { return (*this)(2) == 0; }
};

struct Drawn {
  bool do_sample = false;
  std::uint64_t seed = 0;
  token_id operator()(LogitsRow& row, const RandomKey& key) const {
    return do_sample ? Multinomial{}(row, key) : Greedy{}(row, key);
  }
};

struct Case {
  ModelSpec spec;
  std::vector<Tokens> prompts;
  AnyProcessor rule;
  Drawn sampler;
  GenerateOptions options;
  std::string what;
};

Case random_case(std::uint32_t seed) {
  Dice dice{seed};
  Case c;
  const ModelSpec specs[] = {support::small_llama, support::small_gpt2, support::small_gpt_neox};
  c.spec = specs[dice(3)];
  for (std::uint32_t p = 1 + dice(3); p > 0; --p) {
    Tokens& ids = c.prompts.emplace_back();
    for (std::uint32_t n = 1 + dice(12); n > 0; --n) ids.push_back(token_id(dice(70)));
  }
  const bool beams = dice(3) == 0, samples = !beams && dice.coin();
  if (dice.coin()) c.rule.add(RepetitionPenalty{1.0f + 0.1f * float(dice(5))});
  if (samples) {
    c.rule.add(Temperature{0.5f + 0.25f * float(dice(4))});
    if (dice.coin()) c.rule.add(TopK{std::int32_t(2 + dice(20))});
    if (dice.coin()) c.rule.add(TopP{0.5 + 0.1 * dice(5)});
  }
  c.sampler = {samples, dice(1000)};
  c.options.max_new_tokens = std::int32_t(1 + dice(16));
  if (dice.coin()) c.options.eos_token_id = Tokens{token_id(dice(70)), token_id(dice(70)), token_id(dice(70))};
  if (dice.coin()) c.options.prefill_chunk_size = std::int32_t(1 + dice(5));
  if (beams) {
    c.options.num_beams = std::int32_t(2 + dice(3));
    c.options.num_return_sequences = std::int32_t(1 + dice(2));
    c.options.early_stopping = EarlyStopping(dice(3));
    c.options.length_penalty = 0.5f * float(dice(4));
  } else {
    if (samples) c.options.num_return_sequences = std::int32_t(1 + dice(3));
    if (dice.coin()) c.options.prompt_lookup_num_tokens = std::int32_t(1 + dice(4));
  }
  c.what = "case " + std::to_string(seed);
  return c;
}

template <class Model>
GenerateOutput run(const Model& model, const Case& c, const std::vector<Tokens>& prompts) {
  auto out = try_generate(model, Prompts(prompts), c.rule, c.sampler, c.options);
  BOOST_REQUIRE_MESSAGE(bool(out), c.what << ": " << (out ? "" : out.error().message()));
  return *std::move(out);
}

constexpr std::uint32_t cases = 60;

}  // namespace

BOOST_AUTO_TEST_CASE(backends_agree_and_a_batch_is_its_rows) {
  for (std::uint32_t seed = 1; seed <= cases; ++seed) {
    const Case c = random_case(seed);
    const auto plain = support::random_model<Lm<Reference>>({c.spec});
    const auto fast = support::random_model<Lm<Cpu>>({c.spec}, Cpu{.threads = 1 + int(seed % 2)});
    const auto a = run(plain, c, c.prompts), b = run(fast, c, c.prompts);
    BOOST_TEST((a.sequences == b.sequences), c.what);
    BOOST_TEST((a.finish_reasons == b.finish_reasons), c.what);
    if (c.sampler.do_sample) continue;  // draws are keyed by the number of the sequence in its call
    const auto returned = std::size_t(c.options.num_return_sequences);
    for (std::size_t p = 0; p < c.prompts.size(); ++p) {
      const auto alone = run(fast, c, {c.prompts[p]});
      for (std::size_t i = 0; i < returned; ++i)
        BOOST_TEST((alone.sequences[i] == b.sequences[p * returned + i]), c.what);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_interruption_and_a_session_change_nothing) {
  int interrupted = 0;
  for (std::uint32_t seed = 1; seed <= cases; ++seed) {
    Case c = random_case(seed);
    if (c.options.num_beams > 1 || c.options.num_return_sequences > 1) continue;
    c.prompts.resize(1);
    const auto lm = support::random_model<Lm<Reference>>({c.spec});
    const auto whole = run(lm, c, c.prompts);
    // Stopped after some tokens by a streamer, then gone on with on the same session.
    struct After {
      std::atomic<bool> cancel{false};
      std::size_t left;
      void put(std::int32_t, std::span<const token_id> t) { cancel = (left -= std::min(left, t.size())) == 0; }
      void end(std::int32_t, FinishReason) {}
    } after{.left = 1 + seed % 5};
    auto session = Session<Lm<Reference>>::create(lm, {64, 300});
    GenerateOptions options = c.options;
    options.cancel = &after.cancel;
    auto part = unwrap(try_generate_on(session, c.prompts, c.rule, c.sampler, options, after));
    while (part.finish_reasons[0] == FinishReason::cancelled) {
      ++interrupted;
      options.cancel = nullptr;
      options.max_new_tokens = c.options.max_new_tokens + std::int32_t(c.prompts[0].size() - part.sequences[0].size());
      part = unwrap(try_generate_on(session, part.sequences[0], c.rule, c.sampler, options));
    }
    BOOST_TEST((part.sequences[0] == whole.sequences[0]), c.what);
    BOOST_TEST((part.finish_reasons[0] == whole.finish_reasons[0]), c.what);
  }
  BOOST_TEST(interrupted > 10);
}

BOOST_AUTO_TEST_CASE(a_decode_step_takes_nothing_from_the_heap) {
  const auto plain = support::random_model<Lm<Reference>>({support::small_llama});
  const auto fast = support::random_model<Lm<Cpu>>({support::small_llama}, Cpu{.threads = 2});
  const auto count = [](const auto& lm, auto search) {
    using Model = std::remove_cvref_t<decltype(lm)>;
    auto session = Session<Model>::create(lm, {128, 900});
    for (int i = 0; i < 10; ++i) BOOST_REQUIRE(!session.step(search));
    int steps = 0, taken = 0;
    for (; steps < 100 && !search.finished(); ++steps) {
      const long before = allocations_so_far();
      BOOST_REQUIRE(!session.step(search));
      taken += allocations_so_far() != before;
    }
    BOOST_TEST(steps >= 20);
    search.release(session.engine().cache());
    return taken;
  };
  // Ids and blocks grow by doubling: now and then a step makes room for all that follow.
  const auto rule = RepetitionPenalty{1.1f} | Temperature{0.8f} | TopK{20} | TopP{0.9};
  const Tokens prompt{1, 2, 3, 1, 2, 3};
  BOOST_TEST(count(plain, sample(prompt, settings(120), chain(), Greedy{})) <= 6);
  BOOST_TEST(count(fast, sample(prompt, settings(120), chain(rule), Multinomial{.seed = 1})) <= 8);
  // A beam keeps ids and where they came from, and so does the room that a step writes the next beams into.
  BeamSettings beams;
  beams.num_beams = 3;
  const auto penalty = chain(RepetitionPenalty{1.1f});
  BOOST_TEST(count(fast, BeamSearch(prompt, penalty, stop_when(), settings(120), beams)) <= 16);
  const PromptLookup lookup{2, 2};
  BOOST_TEST(count(fast, AssistedSearch(prompt, penalty, Greedy{}, stop_when(), lookup, settings(120))) <= 14);
}

BOOST_AUTO_TEST_SUITE_END()
