#include "skald/generation/sample_search.hpp"

#include <cmath>

#include "generation/searches.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_k.hpp"

BOOST_AUTO_TEST_SUITE(generation_sample_search)

using namespace test;

namespace {

const Tokens prompt{3, 1, 4, 1, 5, 9, 2, 6};

}  // namespace

BOOST_AUTO_TEST_CASE(greedy_is_the_loop_by_hand) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const FakeModel model(24, {}, FakeModel::hashed(seed));
    FakeSession session = session_on(model);
    const Tokens eos{7, 11};
    auto search = sample(prompt, settings(30, eos));
    run(session, search);
    const Tokens expected = by_hand(FakeModel::hashed(seed), 24, prompt, 30, eos,
                                    [](LogitsRow& row, const Tokens&) { return row.best(); });
    BOOST_TEST(ids_of(search) == expected);
    BOOST_TEST(search.prompt_length() == 8);
    BOOST_TEST(search.new_ids().size() == expected.size() - 8);
    const bool ended = expected.back() == 7 || expected.back() == 11;
    BOOST_TEST((search.reason() == (ended ? FinishReason::stop : FinishReason::length)));
    // Every token once, and the last one never.
    BOOST_TEST(std::size_t(model.tokens_fed) == expected.size() - 1);
    BOOST_TEST(!session.step(search));
    BOOST_TEST(std::size_t(model.tokens_fed) == expected.size() - 1);
  }
}

BOOST_AUTO_TEST_CASE(sampling_is_the_loop_by_hand_with_its_keys) {
  const FakeModel model;
  FakeSession session = session_on(model);
  const Multinomial sampler{.seed = 77};
  const auto rule = Temperature{0.8f} | TopK{6};
  for (std::uint32_t sequence = 0; sequence < 3; ++sequence) {
    auto search = sample(prompt, settings(40, {}, sequence), rule, sampler);
    run(session, search);
    const auto by = [&](std::uint32_t key) {
      return by_hand(FakeModel::hashed(1), 24, prompt, 40, {}, [&](LogitsRow& row, const Tokens& ids) {
        auto state = rule.start({});
        rule(row, {}, state);
        return sampler(row, {77, key, std::uint32_t(ids.size())});
      });
    };
    BOOST_TEST(ids_of(search) == by(sequence));
    BOOST_TEST(ids_of(search) != by(sequence + 1));
  }
}

BOOST_AUTO_TEST_CASE(a_prompt_in_chunks) {
  const FakeModel whole;
  FakeSession one = session_on(whole);
  auto expected = sample(prompt, settings(16));
  run(one, expected);
  for (int chunk = 1; chunk <= 9; ++chunk) {
    const FakeModel model;
    FakeSession session = session_on(model);
    auto search = sample(prompt, settings(16, {}, 0, chunk));
    const int steps = run(session, search);
    BOOST_TEST(ids_of(search) == ids_of(expected));
    BOOST_TEST(steps == (8 + chunk - 1) / chunk - 1 + 8);
    BOOST_TEST(model.tokens_fed == 15);
  }
}

BOOST_AUTO_TEST_CASE(an_end_token_at_the_last_place_says_stop) {
  const FakeModel model(8, {}, FakeModel::hashed_with(1, {5}, 100));
  FakeSession session = session_on(model);
  auto search = sample({1, 2}, settings(3, {5}));
  run(session, search);
  BOOST_TEST((search.reason() == FinishReason::stop));
  auto other = sample({1, 2}, settings(3, {6}));
  run(session, other);
  BOOST_TEST((other.reason() == FinishReason::length));
  BOOST_TEST(ids_of(other) == ids_of(search));
}

BOOST_AUTO_TEST_CASE(the_state_of_a_rule_follows_the_tokens) {
  const FakeModel model(6, {}, FakeModel::hashed_with(4, {2}, 20));
  FakeSession session = session_on(model);
  auto search = sample({1, 2}, settings(20), chain(NoRepeat{}));
  run(session, search);
  const Tokens ids = ids_of(search);
  for (std::size_t i = 2; i < ids.size(); ++i) BOOST_TEST(ids[i] != ids[i - 1]);
  BOOST_TEST(std::count(ids.begin(), ids.end(), 2) > 8);
}

BOOST_AUTO_TEST_CASE(prompts_that_leave_nothing_to_do) {
  const FakeModel model;
  FakeSession session = session_on(model);
  const auto sentence = [&](auto search) { return Error(session.step(search)).message(); };
  BOOST_TEST(sentence(sample({}, settings(5))) == "generate: the prompt holds no token");
  BOOST_TEST(sentence(sample({1, 2, 3}, settings(3))) ==
             "generate: prompt tokens below max_length: expected 3, found 3");
  BOOST_TEST(sentence(assisted({}, settings(5))) == "generate: the prompt holds no token");
  BOOST_TEST(sentence(beams({1, 2, 3}, settings(2), {})) ==
             "generate: prompt tokens below max_length: expected 2, found 3");
  BOOST_TEST(sentence(sample({1, 99}, settings(5))) == "no fault");  // the fake takes any id; a real model refuses it
  BOOST_TEST(model.forwards == 1);
}

BOOST_AUTO_TEST_CASE(a_row_without_a_token_is_a_fault_and_changes_nothing) {
  bool broken = true;
  const FakeModel model(10, {}, [&](std::span<const token_id> ids, std::span<float> scores) {
    FakeModel::hashed(1)(ids, scores);
    if (broken && ids.size() == 5) scores[3] = NAN;
  });
  FakeSession session = session_on(model);
  auto search = sample({1, 2}, settings(9));
  for (int i = 0; i < 3; ++i) BOOST_TEST(!session.step(search));
  for (int i = 0; i < 2; ++i) {
    const Fault f = session.step(search);
    BOOST_TEST((f.code == FaultCode::numeric));
    BOOST_TEST(Error(f).message() == "logits: no token can be chosen (all removed, or not a number)[0]");
    BOOST_TEST(search.ids().size() == 5u);
  }
  broken = false;
  run(session, search);
  BOOST_TEST(ids_of(search) == by_hand(FakeModel::hashed(1), 10, {1, 2}, 9, {},
                                       [](LogitsRow& row, const Tokens&) { return row.best(); }));
}

BOOST_AUTO_TEST_CASE(searches_give_their_places_back) {
  const FakeModel model;
  FakeSession session = session_on(model, 64);
  auto& cache = session.engine().cache();
  const auto free = cache.free_positions();
  auto a = sample(prompt, settings(20));
  BOOST_TEST(!session.step(a));
  BOOST_TEST(cache.free_positions() < free);
  a.release(cache);
  BOOST_TEST(cache.free_positions() == free);
  // It can go on: what it fed is fed anew.
  run(session, a);
  a.release(cache);
  a.release(cache);
  BOOST_TEST(cache.free_positions() == free);
  BOOST_TEST(ids_of(a) == by_hand(FakeModel::hashed(1), 24, prompt, 20, {},
                                  [](LogitsRow& row, const Tokens&) { return row.best(); }));
  // No room: a fault, and nothing is held.
  auto large = sample(Tokens(65, 1), settings(70));
  BOOST_TEST((session.step(large).code == FaultCode::out_of_memory));
  large.release(cache);
  BOOST_TEST(cache.free_positions() == free);
}

BOOST_AUTO_TEST_SUITE_END()
