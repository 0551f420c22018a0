#include "skald/generation/score.hpp"

#include "generation/searches.hpp"

BOOST_AUTO_TEST_SUITE(generation_score)

using namespace test;

namespace {

double expected_loss(const Tokens& ids) {
  double sum = 0;
  for (std::size_t i = 1; i < ids.size(); ++i) {
    std::vector<float> scores(24);
    FakeModel::hashed(1)(std::span(ids).first(i), scores);
    double all = 0;
    for (const float v : scores) all += std::exp(double(v));
    sum += std::log(all) - double(scores[std::size_t(ids[i])]);
  }
  return sum / double(ids.size() - 1);
}

}  // namespace

BOOST_AUTO_TEST_CASE(texts_in_any_chunks) {
  const FakeModel model;
  const std::vector<Tokens> texts{{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5}, {7, 7}, {8}};
  for (const std::int32_t chunk : {1, 2, 3, 10, 64}) {
    model.tokens_fed = 0;
    const auto scores = score(model, texts, {.top_logprobs = 3, .chunk_size = chunk});
    BOOST_REQUIRE(scores.size() == 3u);
    BOOST_TEST(model.tokens_fed == 11);  // every token but the last of each
    for (std::size_t i = 0; i < 2; ++i) {
      BOOST_TEST(scores[i].tokens.size() == texts[i].size() - 1);
      BOOST_TEST(scores[i].loss() == expected_loss(texts[i]), boost::test_tools::tolerance(1e-5));
      BOOST_TEST(scores[i].perplexity() == std::exp(scores[i].loss()));
      for (const TokenLogProbs& t : scores[i].tokens) {
        BOOST_REQUIRE(t.top.size() == 3u);
        BOOST_TEST(t.top[0].log_prob >= t.chosen.log_prob);
      }
    }
    BOOST_TEST(scores[2].tokens.empty());
    BOOST_TEST(scores[2].perplexity() == 1.0);
  }
}

BOOST_AUTO_TEST_CASE(a_session_is_left_as_it_was) {
  const FakeModel model;
  FakeSession session = session_on(model);
  const auto free = session.engine().cache().free_positions();
  BOOST_REQUIRE(bool(try_score_on(session, Tokens{1, 2, 3})));
  BOOST_TEST(session.engine().cache().free_positions() == free);
  const auto message = [&](const Tokens& ids, const ScoreOptions& options = {}) {
    const auto out = try_score_on(session, ids, options);
    return out ? "accepted" : out.error().message();
  };
  BOOST_TEST(message({}) == "score: the text holds no token");
  BOOST_TEST(message({1, 24}) == "score: score: ids below: expected 24, found 24");
  BOOST_TEST(message({1, 2}, {.top_logprobs = -1}) == "score: top_logprobs: at least: expected 0, found -1");
  BOOST_TEST(message({1, 2}, {.chunk_size = 0}) == "score: chunk_size: at least: expected 1, found 0");
  BOOST_TEST(session.engine().cache().free_positions() == free);
}

BOOST_AUTO_TEST_CASE(a_cancelled_step_is_run_again) {
  FakeModel model;
  FakeSession session = session_on(model);
  std::atomic<bool> cancel = false;
  session.engine().queue().cancel_on(&cancel);
  const Tokens ids{3, 1, 4, 1, 5};
  ScoreSearch search(ids, {.chunk_size = 2});
  BOOST_REQUIRE(!session.step(search));
  model.within = [&] { cancel = true; };
  BOOST_TEST(bool(session.step(search)));
  model.within = {};
  cancel = false;
  while (!search.finished()) BOOST_REQUIRE(!session.step(search));
  BOOST_TEST(search.score().loss() == expected_loss(ids), boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_SUITE_END()
