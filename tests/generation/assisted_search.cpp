#include "skald/generation/assisted_search.hpp"

#include "generation/searches.hpp"
#include "skald/logits/temperature.hpp"

BOOST_AUTO_TEST_SUITE(generation_assisted_search)

using namespace test;

namespace {

/// Only the last two tokens count, so that sequences run in circles and guesses come true.
FakeModel::Rule circling(std::uint64_t seed) {
  return [plain = FakeModel::hashed(seed)](std::span<const token_id> ids, std::span<float> scores) {
    plain(ids.last(std::min<std::size_t>(2, ids.size())), scores);
  };
}

/// Guesses a fixed list, right or wrong.
struct Always {
  Tokens guess;
  std::span<const token_id> draft(std::span<const token_id>, std::int32_t) { return guess; }
};

/// Knows what will come, and says so up to a mistake.
struct Oracle {
  Tokens whole;
  std::size_t right;
  Tokens guess{};
  std::span<const token_id> draft(std::span<const token_id> ids, std::int32_t most) {
    guess.clear();
    for (std::size_t i = ids.size(); i < whole.size() && std::int32_t(guess.size()) < most; ++i)
      guess.push_back(guess.size() < right ? whole[i] : (whole[i] + 1) % 6);
    return guess;
  }
};

const Tokens prompt{3, 1, 4, 1, 5};

Tokens guessed(const PromptLookup& lookup, const Tokens& ids, std::int32_t most = 100) {
  const auto found = lookup.draft(ids, most);
  return {found.begin(), found.end()};
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_longest_match_furthest_left) {
  const PromptLookup two{3, 2};
  BOOST_TEST(guessed(two, {7, 8, 1, 9, 7, 8, 2, 5, 7, 8}) == (Tokens{1, 9, 7}));
  BOOST_TEST(guessed(two, {7, 8, 1, 9, 7, 8, 2, 5, 7, 8}, 2) == (Tokens{1, 9}));
  BOOST_TEST(guessed(two, {8, 1, 7, 8, 2, 3, 4, 9, 8}) == (Tokens{1, 7, 8}));    // the pair is nowhere: the single one
  BOOST_TEST(guessed(two, {5, 5}) == (Tokens{5}));
  BOOST_TEST(guessed(two, {5, 5, 5}) == (Tokens{5}));
  BOOST_TEST(guessed(two, {1, 2, 3, 4}).empty());
  BOOST_TEST(guessed(two, {1}).empty());
  BOOST_TEST(guessed(two, {}).empty());
  BOOST_TEST(guessed({3, 9}, {1, 2, 3, 4, 9, 9, 2, 3, 4}) == (Tokens{9, 9, 2}));
  BOOST_TEST(guessed({0, 2}, {1, 1, 1}).empty());
  BOOST_TEST(guessed({3, 0}, {1, 1, 1}).empty());
}

BOOST_AUTO_TEST_CASE(the_tokens_are_those_of_the_plain_search) {
  std::int64_t accepted = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const FakeModel model(6, {}, circling(seed));
    FakeSession session = session_on(model);
    const Tokens eos{5};
    const auto check = [&](auto rule, auto sampler, std::int32_t chunk) {
      const auto s = settings(60, seed % 2 ? eos : Tokens{}, 3, chunk);
      auto plain = sample(prompt, s, rule, sampler);
      auto lookup = assisted(prompt, s, rule, sampler);
      auto wrong = assisted(prompt, s, rule, sampler, AnyOf<EosToken, MaxLength>{}, Always{{0, 1, 2, 3, 4, 5, 0, 1}});
      run(session, plain);
      const int steps = run(session, lookup);
      run(session, wrong);
      BOOST_TEST(ids_of(lookup) == ids_of(plain));
      BOOST_TEST(ids_of(wrong) == ids_of(plain));
      BOOST_TEST((lookup.reason() == plain.reason()));
      BOOST_TEST((wrong.reason() == plain.reason()));
      BOOST_TEST(lookup.accepted() <= lookup.drafted());
      const std::int64_t chunks = chunk ? (5 + chunk - 1) / chunk - 1 : 0;
      // A token of its own every step, but for a last one that was guessed.
      const std::int64_t extra = steps - chunks + lookup.accepted() - std::int64_t(lookup.new_ids().size());
      BOOST_TEST((extra == 0 || (extra == 1 && lookup.reason() == FinishReason::stop)));
      accepted += lookup.accepted();
      plain.release(session.engine().cache());
      lookup.release(session.engine().cache());
      wrong.release(session.engine().cache());
    };
    check(chain(), Greedy{}, 0);
    check(chain(), Greedy{}, 2);
    check(chain(NoRepeat{}), Greedy{}, 0);
    check(Temperature{0.3f} | NoRepeat{}, Multinomial{.seed = seed}, 0);
    check(chain(), Multinomial{.seed = seed}, 3);
  }
  BOOST_TEST(accepted > 500);
}

BOOST_AUTO_TEST_CASE(right_guesses_save_steps) {
  const FakeModel model(6, {}, FakeModel::hashed(9));
  FakeSession session = session_on(model);
  auto plain = sample(prompt, settings(45));
  run(session, plain);
  for (std::size_t right : {0u, 1u, 3u, 7u, 100u}) {
    auto search =
        assisted(prompt, settings(45), chain(), Greedy{}, AnyOf<EosToken, MaxLength>{}, Oracle{ids_of(plain), right});
    const int steps = run(session, search);
    BOOST_TEST(ids_of(search) == ids_of(plain));
    BOOST_TEST(steps == int((40 + right) / (right + 1)));
    if (right >= 100) BOOST_TEST(search.accepted() == 39);  // and one token of its own
    search.release(session.engine().cache());
  }
}

BOOST_AUTO_TEST_CASE(a_guess_that_ends_the_sequence) {
  // 0 1 2 3 4 5 0 1 ...; 4 ends it, or a criterion does.
  const FakeModel model(6, {}, [](std::span<const token_id> ids, std::span<float> scores) {
    std::fill(scores.begin(), scores.end(), 0.0f);
    scores[std::size_t((ids.back() + 1) % 6)] = 1;
  });
  FakeSession session = session_on(model);
  const Tokens start{0, 1, 2, 3, 4, 5, 0, 1};
  auto ended = assisted(start, settings(40, {4}));
  run(session, ended);
  BOOST_TEST(ids_of(ended) == (Tokens{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4}));
  BOOST_TEST((ended.reason() == FinishReason::stop));
  BOOST_TEST(ended.drafted() == 3);  // not beyond the end token
  const auto at_three =
      stop_when([](const RowContext& c) { return c.ids.back() == 3 ? FinishReason::stop : FinishReason::none; });
  auto stopped = assisted(start, settings(40), chain(), Greedy{}, at_three);
  run(session, stopped);
  BOOST_TEST(ids_of(stopped) == (Tokens{0, 1, 2, 3, 4, 5, 0, 1, 2, 3}));
  auto full = assisted(start, settings(11));
  BOOST_TEST(run(session, full) == 1);
  BOOST_TEST(ids_of(full) == (Tokens{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4}));
  BOOST_TEST((full.reason() == FinishReason::length));
  // A drafter that says more than it was asked for is cut, and one that is asked for nothing is not asked.
  auto greedy =
      assisted(start, settings(11), chain(), Greedy{}, AnyOf<EosToken, MaxLength>{}, Always{{2, 3, 4, 5, 0, 1, 2}});
  BOOST_TEST(run(session, greedy) == 1);
  BOOST_TEST(ids_of(greedy) == ids_of(full));
  BOOST_TEST(greedy.drafted() == 2);
}

BOOST_AUTO_TEST_SUITE_END()
