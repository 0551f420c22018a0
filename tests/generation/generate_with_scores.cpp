#include "skald/generation/generate_with_scores.hpp"

#include "generation/searches.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_k.hpp"

BOOST_AUTO_TEST_SUITE(generation_generate_with_scores)

using namespace test;

namespace {

const Tokens prompt{3, 1, 4, 1, 5};

std::vector<float> raw(const std::uint64_t seed, const Tokens& ids) {
  std::vector<float> scores(24);
  FakeModel::hashed(seed)(ids, scores);
  return scores;
}

std::vector<float> log_softmaxed(std::vector<float> x) {
  double sum = 0;
  for (const float v : x) sum += std::exp(double(v));
  for (float& v : x) v = float(v - std::log(sum));
  return x;
}

bool near(float a, float b) { return std::abs(a - b) < 1e-5f; }

}  // namespace

BOOST_AUTO_TEST_CASE(scores_and_logits_of_samples) {
  const FakeModel model(24, {7}, FakeModel::hashed(3));
  const std::vector<Tokens> batch{prompt, {2, 2, 2}};
  const auto rule = Temperature{0.5f} | TopK{8};
  const GenerateOptions options{.max_new_tokens = 12, .num_return_sequences = 3};
  const auto plain = generate(model, batch, rule, Multinomial{.seed = 11}, options);
  const auto out = generate_with_scores(model, batch, {.output_scores = true, .output_logits = true, .top_logprobs = 2},
                                        rule, Multinomial{.seed = 11}, options);
  BOOST_TEST((out.sequences == plain.sequences));
  BOOST_TEST((out.finish_reasons == plain.finish_reasons));
  const auto transitions = compute_transition_scores(out), normalised = compute_transition_scores(out, true);
  for (std::size_t i = 0; i < out.sequences.size(); ++i) {
    const auto fresh = out.new_tokens(i);
    BOOST_REQUIRE(out.logprobs[i].size() == fresh.size());
    for (std::size_t t = 0; t < 12; ++t) {
      if (t >= fresh.size()) {
        if (t < out.scores.size()) BOOST_TEST((i >= out.scores[t].size() || out.scores[t][i].empty()));
        continue;
      }
      const auto begin = out.sequences[i].begin();
      const Tokens before(begin, begin + out.prompt_lengths[i] + std::ptrdiff_t(t));
      const auto expected = raw(3, before);
      BOOST_TEST(out.logits[t][i] == expected);
      const auto& scores = out.scores[t][i];
      int left = 0;
      for (std::size_t v = 0; v < 24; ++v)
        if (scores[v] > -INFINITY) {
          ++left;
          BOOST_TEST(near(scores[v], expected[v] / 0.5f));
        }
      BOOST_TEST(left == 8);
      const auto token = std::size_t(fresh[t]);
      BOOST_TEST(transitions[i][t] == scores[token]);
      BOOST_TEST(near(normalised[i][t], log_softmaxed(scores)[token]));
      // Log-probabilities are the model's own: before the processors.
      const auto p = log_softmaxed(expected);
      const TokenLogProbs& place = out.logprobs[i][t];
      BOOST_TEST(place.chosen.token == fresh[t]);
      BOOST_TEST(near(place.chosen.log_prob, p[token]));
      BOOST_REQUIRE(place.top.size() == 2u);
      const auto best = std::max_element(p.begin(), p.end()) - p.begin();
      BOOST_TEST(place.top[0].token == best);
      BOOST_TEST(near(place.top[0].log_prob, p[std::size_t(best)]));
      BOOST_TEST(place.top[0].log_prob >= place.top[1].log_prob);
    }
  }
}

BOOST_AUTO_TEST_CASE(beams_sum_up) {
  const FakeModel model(24, {5, 6}, FakeModel::hashed(4));
  const std::vector<Tokens> batch{prompt, {9, 9}};
  const GenerateOptions options{.max_new_tokens = 9, .num_beams = 3, .num_return_sequences = 3, .length_penalty = 0.7f};
  const auto out = generate_with_scores(model, batch, {.output_scores = true}, chain(), Greedy{}, options);
  BOOST_TEST(out.logits.empty());
  BOOST_TEST(out.logprobs.empty());
  const auto transitions = compute_transition_scores(out);
  for (std::size_t i = 0; i < out.sequences.size(); ++i) {
    double sum = 0;
    for (const float s : transitions[i]) sum += s;
    BOOST_TEST(near(float(sum / std::pow(double(out.new_tokens(i).size()), 0.7)), out.sequences_scores[i]));
  }
  BOOST_TEST((out.sequences == generate(model, batch, chain(), Greedy{}, options).sequences));
}

BOOST_AUTO_TEST_CASE(drafts_are_recorded_once) {
  // Repeats itself, so that guesses are right now and then.
  const FakeModel model(24, {}, [](std::span<const token_id> ids, std::span<float> scores) {
    for (std::size_t v = 0; v < scores.size(); ++v) scores[v] = float((v * 7 + ids.size()) % 11) * 0.1f;
    scores[std::size_t(ids[ids.size() - 4])] += ids.size() % 9 ? 5.0f : -5.0f;
  });
  const OutputOptions all{.output_scores = true, .output_logits = true, .top_logprobs = 0};
  const auto one = generate_with_scores(model, prompt, all, chain(), Greedy{}, {.max_new_tokens = 30});
  const auto many = generate_with_scores(model, prompt, all, chain(), Greedy{},
                                         {.max_new_tokens = 30, .prompt_lookup_num_tokens = 5});
  BOOST_TEST((one.sequences == many.sequences));
  BOOST_TEST((one.scores == many.scores));
  BOOST_TEST((one.logits == many.logits));
  BOOST_REQUIRE(many.logprobs[0].size() == 30u);
  for (std::size_t i = 0; i < 30; ++i)
    BOOST_TEST(one.logprobs[0][i].chosen.log_prob == many.logprobs[0][i].chosen.log_prob);
}

BOOST_AUTO_TEST_CASE(of_prompts) {
  const FakeModel model(24, {}, FakeModel::hashed(8));
  const std::vector<Tokens> batch{prompt, {2, 2}};
  const auto out = generate_with_scores(model, batch, {.prompt_logprobs = 1}, chain(), Greedy{}, {.max_new_tokens = 3});
  BOOST_REQUIRE(out.prompt_logprobs.size() == 2u);
  BOOST_REQUIRE(out.prompt_logprobs[0].size() == prompt.size() - 1);
  BOOST_TEST(out.prompt_logprobs[1].size() == 1u);
  for (std::size_t i = 1; i < prompt.size(); ++i) {
    const auto p = log_softmaxed(raw(8, Tokens(prompt.begin(), prompt.begin() + std::ptrdiff_t(i))));
    BOOST_TEST(out.prompt_logprobs[0][i - 1].chosen.token == prompt[i]);
    BOOST_TEST(near(out.prompt_logprobs[0][i - 1].chosen.log_prob, p[std::size_t(prompt[i])]));
    BOOST_TEST(out.prompt_logprobs[0][i - 1].top.size() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(refusals) {
  const FakeModel model;
  const auto message = [&](const OutputOptions& o, const GenerateOptions& g = {}) {
    const auto out = try_generate_with_scores(model, prompt, o, chain(), Greedy{}, g);
    return out ? "accepted" : out.error().message();
  };
  BOOST_TEST(message({}) == "accepted");
  BOOST_TEST(message({.top_logprobs = -2}) == "generate: top_logprobs: at least: expected -1, found -2");
  BOOST_TEST(message({.prompt_logprobs = -2}) == "generate: prompt_logprobs: at least: expected -1, found -2");
  BOOST_TEST(message({.top_logprobs = 1}, {.num_beams = 2}) ==
             "generate: top_logprobs: with beam search, whose scores are log-probabilities (output_scores); beams: "
             "expected 1, found 2");
  const auto none = try_compute_transition_scores(generate_with_scores(model, prompt, {}));
  BOOST_REQUIRE(!none);
  BOOST_TEST(none.error().message() == "compute_transition_scores: output_scores has to be set, and the search has to "
                                       "have ended");
}

BOOST_AUTO_TEST_SUITE_END()
