#include "skald/generation/guided_model.hpp"

#include "generation/searches.hpp"
#include "skald/backend/reference.hpp"
#include "skald/generation/encoded_prompts.hpp"
#include "skald/generation/generate.hpp"
#include "skald/logits/temperature.hpp"
#include "support/random_encoder_decoder.hpp"

BOOST_AUTO_TEST_SUITE(generation_guided_model)

using namespace test;

namespace {

const Tokens prompt{3, 1, 4, 1, 5};
const Tokens negative{9, 9, 2};

std::vector<float> log_softmaxed(const FakeModel::Rule& rule, const Tokens& ids) {
  std::vector<float> x(24);
  rule(ids, x);
  detail::log_softmax(x);
  return x;
}

/// A plain model whose scores are the guided ones, from two runs of the rule: the twin.
FakeModel twin(std::uint64_t seed, float scale, const Tokens& from, const Tokens& instead) {
  return FakeModel(24, {7}, [=](std::span<const token_id> ids, std::span<float> scores) {
    if (ids.size() < from.size()) return;
    Tokens without = instead.empty() ? Tokens{from.back()} : instead;
    without.insert(without.end(), ids.begin() + std::ptrdiff_t(from.size()), ids.end());
    const auto c = log_softmaxed(FakeModel::hashed(seed), Tokens(ids.begin(), ids.end()));
    const auto u = log_softmaxed(FakeModel::hashed(seed), without);
    for (std::size_t v = 0; v < scores.size(); ++v) scores[v] = scale * (c[v] - u[v]) + u[v];
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(under_every_search) {
  const FakeModel model(24, {7}, FakeModel::hashed(6));
  for (const Tokens& instead : {Tokens{}, negative})
    for (const float scale : {1.5f, 0.5f, 3.0f}) {
      const Guided guided(model, {scale, instead.empty() ? std::vector<Tokens>{} : std::vector<Tokens>{instead}});
      const FakeModel expected = twin(6, scale, prompt, instead);
      const auto same = [&](const auto& rule, const auto& sampler, const GenerateOptions& options) {
        const auto found = generate(guided, prompt, rule, sampler, options);
        const auto wanted = generate(expected, prompt, rule, sampler, options);
        BOOST_TEST((found.sequences == wanted.sequences));
        BOOST_TEST((found.sequences_scores == wanted.sequences_scores));
        BOOST_TEST((found.finish_reasons == wanted.finish_reasons));
      };
      const auto plain = chain();
      const auto drawn = Temperature{0.8f};
      same(plain, Greedy{}, {.max_new_tokens = 20});
      same(plain, Greedy{}, {.max_new_tokens = 20, .prefill_chunk_size = 2});
      same(plain, Greedy{}, {.max_new_tokens = 20, .num_beams = 4, .num_return_sequences = 3});
      same(plain, Greedy{}, {.max_new_tokens = 20, .prompt_lookup_num_tokens = 5, .max_matching_ngram_size = 1});
      same(drawn, Multinomial{.seed = 4}, {.max_new_tokens = 20, .num_return_sequences = 3});
      same(drawn, Multinomial{.seed = 4}, {.max_new_tokens = 20, .prompt_lookup_num_tokens = 5});
      same(drawn, Multinomial{.seed = 4}, {.max_new_tokens = 20, .num_beams = 3});
    }
}

BOOST_AUTO_TEST_CASE(of_a_batch) {
  const FakeModel model(24, {7}, FakeModel::hashed(6));
  const std::vector<Tokens> prompts{prompt, {2}, {8, 8, 8}}, instead{{1}, {4, 4, 4, 4, 4, 4, 4}, {}};
  const Guided each(model, {2.0f, instead}), one(model, {2.0f, {negative}});
  for (const std::int32_t num_beams : {1, 2}) {
    const GenerateOptions options{.max_new_tokens = 12, .num_beams = num_beams};
    const auto found = generate(each, prompts, chain(), Greedy{}, options);
    const auto all = generate(one, prompts, chain(), Greedy{}, options);
    for (std::size_t i = 0; i < 3; ++i) {
      BOOST_TEST(found.sequences[i] ==
                 generate(twin(6, 2.0f, prompts[i], instead[i]), prompts[i], chain(), Greedy{}, options).sequences[0]);
      BOOST_TEST(all.sequences[i] ==
                 generate(twin(6, 2.0f, prompts[i], negative), prompts[i], chain(), Greedy{}, options).sequences[0]);
    }
  }
  const Guided few(model, {2.0f, {{1}, {2}}});
  const auto refused = try_generate(few, prompts);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message() ==
             "generate: negative_prompt_ids: one, or one a prompt; prompts: expected 2, found 3");
}

namespace {

using Pair = EncoderDecoder<Reference, fp32>;

Pair encoder_decoder(const char* type) {
  const support::TemporaryDirectory folder;
  support::write_encoder_decoder(folder, type, "");
  return Pair::from_pretrained(folder.path().string());
}

/// A plain model that says what guided ones do: `beside` is what the other decoder has read for the ids.
FakeModel twin(const Pair& model, float scale, const Tokens& read, const Tokens& instead, auto beside) {
  return FakeModel(model.vocab_size(), {1}, [=, &model](std::span<const token_id> ids, std::span<float> scores) {
    const auto last = [&](const Tokens& source, const Tokens& target) {
      const auto all = support::logits_of(model, source, target);
      std::vector<float> x(all.end() - model.vocab_size(), all.end());
      detail::log_softmax(x);
      return x;
    };
    const Tokens written(ids.begin(), ids.end());
    const auto c = last(read, written), u = last(instead, beside(written));
    for (std::size_t v = 0; v < scores.size(); ++v) scores[v] = scale * (c[v] - u[v]) + u[v];
  });
}
Tokens same_ids(const Tokens& written) { return written; }

}  // namespace

BOOST_AUTO_TEST_CASE(of_an_encoder_decoder_under_every_search) {
  const auto plain = chain();
  const auto drawn = Temperature{0.8f};
  const Tokens read{3, 14, 15, 9, 26, 1};
  int guided_away = 0;
  for (const char* type : {"bart", "t5"})
    for (const Tokens& instead : {Tokens{}, Tokens{27, 18, 11, 1}}) {
      const Pair model = encoder_decoder(type);
      const Guided guided(model, {2.5f, instead.empty() ? std::vector<Tokens>{} : std::vector<Tokens>{instead}});
      const FakeModel expected = twin(model, 2.5f, read, instead.empty() ? Tokens{1} : instead, same_ids);
      const auto same = [&](const auto& rule, const auto& sampler, const GenerateOptions& options) {
        const auto found = generate(guided, read, rule, sampler, options);
        const auto wanted = generate(expected, Tokens{3}, rule, sampler, options);
        BOOST_TEST((found.sequences == wanted.sequences));
        BOOST_TEST(found.sequences.at(0).size() > 4u);
        if (found.sequences != generate(model, read, rule, sampler, options).sequences) ++guided_away;
      };
      same(plain, Greedy{}, {.max_new_tokens = 8});
      same(plain, Greedy{}, {.max_new_tokens = 8, .num_beams = 3, .num_return_sequences = 2});
      same(plain, Greedy{}, {.max_new_tokens = 8, .prompt_lookup_num_tokens = 3, .max_matching_ngram_size = 1});
      same(drawn, Multinomial{.seed = 4}, {.max_new_tokens = 8, .num_return_sequences = 3});
      same(drawn, Multinomial{.seed = 4}, {.max_new_tokens = 8, .num_beams = 3});
    }
  BOOST_TEST(guided_away > 10);
}

BOOST_AUTO_TEST_CASE(of_a_batch_of_an_encoder_decoder) {
  const Pair model = encoder_decoder("mbart");
  const std::vector<Tokens> prompts{{3, 14, 15, 9, 26, 1}, {8, 1}}, instead{{7, 1}, {27, 18, 11, 1}};
  const GenerateOptions options{.max_new_tokens = 6, .eos_token_id = Tokens{}};
  const auto found = generate(Guided(model, {2.0f, instead}), prompts, chain(), Greedy{}, options);
  for (std::size_t i = 0; i < 2; ++i) {
    const FakeModel expected = twin(model, 2.0f, prompts[i], instead[i], same_ids);
    BOOST_TEST(found.sequences[i] == generate(expected, Tokens{3}, chain(), Greedy{}, options).sequences[0]);
  }
  const auto refused = try_generate(Guided(model, {2.0f, {{1}, {2}}}), std::vector(3, prompts[0]));
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message() ==
             "generate: negative_prompt_ids: one, or one a prompt; prompts: expected 2, found 3");
  // Nothing stays behind.
  const Guided guided(model, {2.0f, instead});
  auto session = Session<Guided<Pair>>::create(guided, {.context = 32});
  const auto once = unwrap(try_generate_on(session, prompts, chain(), Greedy{}, options));
  BOOST_TEST((once.sequences == found.sequences));
  BOOST_TEST(session.kept().all().empty());
  BOOST_TEST((unwrap(try_generate_on(session, prompts, chain(), Greedy{}, options)).sequences == found.sequences));
}

BOOST_AUTO_TEST_CASE(shifted_negative_prompts_are_those_of_transformers) {
  const Tokens read{3, 14, 15, 9, 26, 1}, instead{27, 18, 11, 1};
  const GenerateOptions options{.max_new_tokens = 6, .eos_token_id = Tokens{}};
  const auto bart = [](Tokens ids, std::size_t written) {  // the start token again and again
    ids.insert(ids.begin(), 3);
    ids.pop_back();
    ids.resize(ids.size() + written - 1, 3);
    return ids;
  };
  const auto check = [&](const char* type, const std::vector<Tokens>& negatives, const Tokens& encoded, auto beside) {
    const Pair model = encoder_decoder(type);
    const FakeModel expected = twin(model, 2.0f, read, encoded, beside);
    const Guided guided(model, {2.0f, negatives, true});
    BOOST_TEST((generate(guided, read, chain(), Greedy{}, options).sequences ==
                generate(expected, Tokens{3}, chain(), Greedy{}, options).sequences));
  };
  check("bart", {instead}, instead, [&](const Tokens& written) { return bart(instead, written.size()); });
  check("bart", {}, {3}, [&](const Tokens& written) { return bart({3}, written.size()); });
  check("mbart", {instead}, instead, [&](const Tokens& written) {
    Tokens ids{1, 27, 18, 11};
    ids.insert(ids.end(), written.begin() + 1, written.end());
    return ids;
  });
  const Pair t5 = encoder_decoder("t5");
  const auto refused = try_generate(Guided(t5, {2.0f, {instead}, true}), read);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message() == "generate: the decoder of this model takes no tokens from the encoder");
}

BOOST_AUTO_TEST_CASE(a_scale_of_one_is_the_model) {
  const FakeModel model(24, {7}, FakeModel::hashed(6));
  const auto plain = generate(model, prompt);
  model.tokens_fed = 0;
  BOOST_TEST((generate(Guided(model, {1.0f, {negative}}), prompt).sequences == plain.sequences));
  BOOST_TEST(model.tokens_fed == std::int64_t(plain.sequences[0].size()) - 1);  // nothing is run twice
}

BOOST_AUTO_TEST_CASE(faults_and_cancelled_steps_leave_both_as_they_were) {
  FakeModel model(24, {}, FakeModel::hashed(6));
  const Guided guided(model, {2.0f, {negative}});
  auto session = Session<Guided<FakeModel>>::create(guided, {100, 1000});
  auto whole = sample(prompt, settings(30)), broken = sample(prompt, settings(30));
  run(session, whole);
  std::atomic<bool> cancel = false;
  session.engine().queue().cancel_on(&cancel);
  int step = 0;
  model.within = [&] { cancel = ++step % 2 == 0; };
  while (!broken.finished()) {
    static_cast<void>(session.step(broken));
    cancel = false;
  }
  BOOST_TEST(ids_of(broken) == ids_of(whole));
  BOOST_TEST(step > 25);

  auto& cache = session.engine().cache();
  const auto used = cache.inner().free_positions();
  const SeqId forked = cache.fork(0);
  BOOST_TEST(cache.length(forked) == cache.length(0));
  BOOST_TEST(cache.rewind(forked, 6));
  BOOST_TEST(cache.inner().length(cache.pair(forked).without) == 3 + 1);
  BOOST_TEST(cache.rewind(forked, 4));
  BOOST_TEST(cache.inner().length(cache.pair(forked).without) == 0);
  BOOST_TEST(!cache.rewind(forked, 5));
  cache.drop(forked);
  BOOST_TEST(cache.length(forked) == -1);
  BOOST_TEST(cache.inner().free_positions() == used);
  BOOST_TEST(cache.fork(forked) == -1);
  whole.release(cache);
  broken.release(cache);
  BOOST_TEST(cache.inner().free_positions() > used);
}

BOOST_AUTO_TEST_SUITE_END()
