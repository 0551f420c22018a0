#include "skald/generation/draft_model.hpp"

#include "generation/searches.hpp"
#include "skald/generation/generate.hpp"
#include "skald/logits/repetition_penalty.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_k.hpp"

BOOST_AUTO_TEST_SUITE(generation_draft_model)

using namespace test;

namespace {

const Tokens prompt{3, 1, 4, 1, 5};

/// The next token is mostly a function of the last; where `other` says so it is another.
FakeModel chained(std::uint64_t seed, int other, Tokens eos = {}) {
  return FakeModel(24, eos, [seed, other](std::span<const token_id> ids, std::span<float> scores) {
    FakeModel::hashed(seed)(ids, scores);
    const bool odd = other > 0 && ids.size() % std::size_t(other) == 0;
    scores[std::size_t(ids.back() * 5 + (odd ? 2 : 1)) % 24] += 9;
  });
}

/// Probabilities of a model whose scores look at the last token only.
std::vector<double> softmax_after(const FakeModel::Rule& rule, token_id last, std::size_t vocab, float temperature) {
  std::vector<float> scores(vocab);
  const Tokens ids{last};
  rule(ids, scores);
  std::vector<double> p;
  double sum = 0;
  for (const float s : scores) p.push_back(std::exp(double(s) / temperature)), sum += p.back();
  for (double& each : p) each /= sum;
  return p;
}

FakeModel::Rule by_last(std::uint64_t seed, float spread) {
  return [seed, spread](std::span<const token_id> ids, std::span<float> scores) {
    for (std::size_t v = 0; v < scores.size(); ++v)
      scores[v] = spread * random_uniform({seed, std::uint32_t(ids.back()), std::uint32_t(v)});
  };
}

struct Count {
  double expected;
  int found = 0;
};

double chi_square(const std::vector<Count>& cells) {
  double sum = 0;
  for (const Count& c : cells) sum += (c.found - c.expected) * (c.found - c.expected) / c.expected;
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_CASE(greedy_tokens_stay_what_they_are) {
  const FakeModel model = chained(1, 5, {11}), good = chained(2, 0), bad = chained(3, 1);
  const auto rule = RepetitionPenalty{1.05f};
  for (const GenerateOptions& options :
       {GenerateOptions{.max_new_tokens = 40}, GenerateOptions{.max_new_tokens = 40, .eos_token_id = Tokens{}},
        GenerateOptions{.max_new_tokens = 40, .prefill_chunk_size = 2}, GenerateOptions{.max_new_tokens = 1}}) {
    const auto plain = generate(model, prompt, rule, Greedy{}, options);
    for (const FakeModel* assistant : {&good, &bad})
      for (const float threshold : {0.0f, 0.4f, 0.999f})
        for (const std::int32_t n : {1, 4, 20}) {
          const AssistantOptions o{.num_assistant_tokens = n, .assistant_confidence_threshold = threshold};
          const auto out = generate(model, prompt, rule, Greedy{}, options, DraftModel(*assistant, o, chain(rule)));
          BOOST_TEST((out.sequences == plain.sequences));
          BOOST_TEST((out.finish_reasons == plain.finish_reasons));
        }
  }
}

BOOST_AUTO_TEST_CASE(right_guesses_save_forwards) {
  const FakeModel model = chained(1, 0), good = chained(2, 0);
  model.forwards = good.forwards = 0;
  const AssistantOptions four{.num_assistant_tokens = 4};
  static_cast<void>(generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 40}, DraftModel(good, four)));
  BOOST_TEST(model.forwards == 8);        // 4 guesses and a token of its own each
  BOOST_TEST(good.forwards == 8 * 4);     // the last guess of a step is fed with the next
  // An unsure assistant stops behind the token that it was unsure of.
  const FakeModel unsure(24, {}, FakeModel::hashed(5));
  model.forwards = unsure.forwards = 0;
  static_cast<void>(generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 10},
                             DraftModel(unsure, {.assistant_confidence_threshold = 0.99f})));
  BOOST_TEST(unsure.forwards == model.forwards - 1);  // one guess a step, none where there is no room
}

BOOST_AUTO_TEST_CASE(schedules) {
  const FakeModel model(24);
  DraftModel constant(model), heuristic(model, {5, AssistantSchedule::heuristic}),
      transient(model, {5, AssistantSchedule::heuristic_transient});
  for (auto* d : {&constant, &heuristic, &transient}) {
    d->heard(5, 5);
    d->heard(3, 7);
    d->heard(0, 6);
  }
  BOOST_TEST(constant.num_assistant_tokens() == 20);
  BOOST_TEST(heuristic.num_assistant_tokens() == 5);
  BOOST_TEST(transient.num_assistant_tokens() == 5);
  heuristic.heard(5, 5), transient.heard(5, 5);
  // What generate works with is a copy: `heuristic` remembers, `heuristic_transient` begins anew.
  DraftModel other(heuristic), anew(transient);
  BOOST_TEST(other.num_assistant_tokens() == 7);
  BOOST_TEST(anew.num_assistant_tokens() == 5);
  for (int i = 0; i < 20; ++i) other.heard(0, 1);
  BOOST_TEST(heuristic.num_assistant_tokens() == 1);
  BOOST_TEST(transient.num_assistant_tokens() == 7);
}

BOOST_AUTO_TEST_CASE(sampled_tokens_have_the_distribution_of_the_model) {
  const std::size_t vocab = 5;
  const auto target = by_last(21, 4), guesser = by_last(22, 4);
  const FakeModel model(5, {}, target), assistant(5, {}, guesser);
  const float temperature = 0.8f;
  const Tokens one{2};
  std::vector<Count> cells;
  constexpr int runs = 20000;
  const auto first = softmax_after(target, 2, vocab, temperature);
  for (std::size_t a = 0; a < vocab; ++a) {
    const auto second = softmax_after(target, token_id(a), vocab, temperature);
    for (std::size_t b = 0; b < vocab; ++b) {
      const auto third = softmax_after(target, token_id(b), vocab, temperature);
      for (std::size_t c = 0; c < vocab; ++c) cells.push_back({runs * first[a] * second[b] * third[c]});
    }
  }
  FakeSession session = session_on(model);
  const AssistantOptions three{.num_assistant_tokens = 3, .assistant_confidence_threshold = 0};
  DraftModel drafter(assistant, three, chain(Temperature{0.9f}));
  std::int64_t drafted = 0, accepted = 0;
  for (int i = 0; i < runs; ++i) {
    auto search = assisted(one, settings(5, {}, std::uint32_t(i)), chain(Temperature{temperature}),
                           Multinomial{.seed = 77}, AnyOf<EosToken, MaxLength>{}, std::move(drafter));
    run(session, search);
    const auto t = search.new_ids();
    ++cells[std::size_t((t[0] * 5 + t[1]) * 5 + t[2])].found;
    drafted += search.drafted(), accepted += search.accepted();
    search.release(session.engine().cache());
    drafter = std::move(search.drafter());
  }
  // 124 degrees of freedom: above 190 once in ten thousand.
  BOOST_TEST(chi_square(cells) < 190);
  BOOST_TEST(accepted > drafted / 4);
  BOOST_TEST(accepted < drafted);
}

BOOST_AUTO_TEST_CASE(guesses_are_taken_as_often_as_can_be) {
  // One token: a guess survives with probability sum min(p, q), which independent draws that agree do not reach.
  const auto target = by_last(31, 3), guesser = by_last(32, 3);
  const FakeModel model(5, {}, target), assistant(5, {}, guesser);
  const auto p = softmax_after(target, 2, 5, 1), q = softmax_after(guesser, 2, 5, 1);
  double overlap = 0;
  for (std::size_t i = 0; i < 5; ++i) overlap += std::min(p[i], q[i]);
  FakeSession session = session_on(model);
  DraftModel drafter(assistant, {.num_assistant_tokens = 1, .assistant_confidence_threshold = 0});
  constexpr int runs = 20000;
  std::int64_t accepted = 0;
  for (int i = 0; i < runs; ++i) {
    auto search = assisted(Tokens{2}, settings(3, {}, std::uint32_t(i)), chain(), Multinomial{.seed = 5},
                           AnyOf<EosToken, MaxLength>{}, std::move(drafter));
    BOOST_REQUIRE(!session.step(search));
    accepted += search.accepted();
    search.release(session.engine().cache());
    drafter = std::move(search.drafter());
  }
  const double sigma = std::sqrt(overlap * (1 - overlap) / runs);
  BOOST_TEST(std::abs(double(accepted) / runs - overlap) < 4 * sigma);
}

BOOST_AUTO_TEST_CASE(the_same_after_an_interruption) {
  FakeModel model = chained(1, 5);
  const FakeModel assistant = chained(2, 3);
  const auto rule = chain(Temperature{1.5f} | TopK{8});
  const DraftModel drafter(assistant, {.num_assistant_tokens = 3, .assistant_confidence_threshold = 0}, rule);
  const auto make = [&] {
    return assisted(prompt, settings(40, {}, 3), rule, Multinomial{.seed = 9}, AnyOf<EosToken, MaxLength>{}, drafter);
  };
  FakeSession session = session_on(model);
  auto whole = make(), broken = make();
  run(session, whole);
  std::atomic<bool> cancel = false;
  session.engine().queue().cancel_on(&cancel);
  int step = 0;
  model.within = [&] { cancel = ++step % 3 == 0; };
  while (!broken.finished()) {
    static_cast<void>(session.step(broken));
    cancel = false;
  }
  BOOST_TEST(ids_of(broken) == ids_of(whole));
  BOOST_TEST(step > 3);
}

BOOST_AUTO_TEST_CASE(a_failing_assistant_guesses_nothing) {
  const FakeModel model(24), smaller(23), broken(24, {}, [](std::span<const token_id>, std::span<float> scores) {
    for (float& s : scores) s = NAN;
  });
  const auto refused = try_generate(model, prompt, chain(), Greedy{}, {}, DraftModel(smaller));
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message() == "generate: assistant model: vocab_size: expected 24, found 23");
  const auto plain = generate(model, prompt);
  BOOST_TEST((generate(model, prompt, chain(), Greedy{}, {}, DraftModel(broken)).sequences == plain.sequences));
  DraftModel d(broken);
  BOOST_TEST(d.draft(prompt, 5).empty());
  BOOST_TEST((d.last_fault().code == FaultCode::numeric));
}

BOOST_AUTO_TEST_SUITE_END()
