#include "skald/generation/beam_search.hpp"

#include <numeric>

#include "generation/searches.hpp"
#include "skald/layers/contiguous_cache.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_k.hpp"

BOOST_AUTO_TEST_SUITE(generation_beam_search)

using namespace test;

namespace {

constexpr float dead = -1e9f;

/// Beam search as transformers describes it, with arrays and full sorts: the twin. Candidates that do not exist (of
/// beams that are not there yet, or cut by a rule) are left out.
struct Twin {
  FakeModel::Rule rule;
  std::int32_t vocab;
  Tokens prompt, eos;
  std::size_t max_length;
  BeamSettings beams;
  std::function<void(std::span<float>)> processor = [](std::span<float>) {};

  struct Hypothesis {
    Tokens ids;
    std::vector<std::int32_t> history;
    float score = dead;
    bool finished = false;
  };

  std::vector<Hypothesis> run() const {
    const auto k = std::size_t(beams.num_beams), p = prompt.size();
    std::vector<Hypothesis> running{{prompt, {}, 0, false}}, slots(k);
    bool open = true;
    for (std::size_t cur = p;; ++cur) {
      std::vector<std::tuple<float, std::size_t, token_id, float>> all;  // the last: what they are ordered by
      for (std::size_t b = 0; b < running.size(); ++b) {
        std::vector<float> lp(std::size_t(vocab), 0.0f);
        rule(running[b].ids, lp);
        detail::log_softmax(lp);
        processor(lp);
        for (token_id t = 0; t < vocab; ++t)
          if (lp[std::size_t(t)] > -INFINITY) {
            const float score = lp[std::size_t(t)] + running[b].score;
            const RandomKey key{beams.seed, 0, std::uint32_t(cur)};
            const auto draw = std::uint32_t(b) * std::uint32_t(vocab) + std::uint32_t(t);
            all.push_back({score, b, t, score + (beams.do_sample ? detail::gumbel(key, draw) : 0.0f)});
          }
      }
      std::stable_sort(all.begin(), all.end(),
                       [](const auto& a, const auto& b) { return std::get<3>(a) > std::get<3>(b); });
      const std::size_t keep = std::max<std::size_t>(2, 1 + eos.size()) * k;
      if (all.size() > keep) all.resize(keep);

      const bool all_finished = std::all_of(slots.begin(), slots.end(), [](const Hypothesis& h) { return h.finished; });
      std::vector<Hypothesis> next, merged = slots;
      bool every_hit = true;
      for (std::size_t c = 0; c < all.size(); ++c) {
        const auto& [score, source, token, rank] = all[c];
        Hypothesis h = running[source];
        h.ids.push_back(token);
        h.history.push_back(std::int32_t(source));
        h.score = score;
        const bool hit = std::count(eos.begin(), eos.end(), token) || h.ids.size() >= max_length;
        every_hit = every_hit && hit;
        if (!hit) next.push_back(h);
        h.finished = true;
        h.score = score / std::pow(float(cur + 1 - p), beams.length_penalty);
        if (hit && c < k && open && !(beams.early_stopping == EarlyStopping::yes && all_finished)) merged.push_back(h);
      }
      std::stable_sort(next.begin(), next.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
      if (next.size() > k) next.resize(k);
      std::stable_sort(merged.begin(), merged.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
      merged.resize(k);
      slots = merged;
      if (!next.empty()) running = next;

      const float n = beams.early_stopping == EarlyStopping::never && beams.length_penalty > 0 ? float(max_length - p)
                                                                                               : float(cur + 1 - p);
      const float best = next.empty() ? dead : running[0].score / std::pow(n, beams.length_penalty);
      const bool full = std::all_of(slots.begin(), slots.end(), [](const Hypothesis& h) { return h.finished; });
      open = open && (!full || best > slots.back().score);
      if (!open || every_hit || (beams.early_stopping == EarlyStopping::yes && full)) break;
    }
    std::erase_if(slots, [](const Hypothesis& h) { return !h.finished; });
    if (slots.size() > std::size_t(beams.num_return_sequences)) slots.resize(std::size_t(beams.num_return_sequences));
    return slots;
  }
};

template <class Search>
void same(const Search& search, const std::vector<Twin::Hypothesis>& twin, const std::string& what) {
  const auto found = search.results();
  BOOST_REQUIRE_MESSAGE(found.size() == twin.size(), what << ": " << found.size() << " and " << twin.size());
  for (std::size_t i = 0; i < twin.size(); ++i) {
    BOOST_TEST(found[i].ids == twin[i].ids, what);
    BOOST_TEST(found[i].beams == twin[i].history, what);
    BOOST_TEST(found[i].score == twin[i].score, what);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_bookkeeping_is_that_of_the_twin) {
  int ended_early = 0, lengths = 0, cases = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed)
    for (const std::int32_t k : {2, 3, 5})
      for (const float penalty : {1.0f, 0.0f, 2.0f, -1.0f})
        for (const EarlyStopping early : {EarlyStopping::no, EarlyStopping::yes, EarlyStopping::never})
          for (const Tokens& eos : {Tokens{}, Tokens{4}, Tokens{4, 7, 9}})
            for (const float likely : {0.0f, 2.5f}) {
              const Tokens prompt{2, 7, 1};
              const Twin twin{FakeModel::hashed_with(seed, eos, likely),      20, prompt, eos, 14,
                              {k, 1 + std::int32_t(seed) % k, penalty, early}};
              const FakeModel model(20, {}, twin.rule);
              FakeSession session = session_on(model);
              auto search = beams(prompt, settings(14, eos), twin.beams);
              BOOST_TEST(search.results().empty());
              run(session, search);
              const auto expected = twin.run();
              same(search, expected, "seed " + std::to_string(seed) + ", " + std::to_string(k) + " beams, penalty " +
                                         std::to_string(penalty) + ", early " + std::to_string(int(early)) + ", " +
                                         std::to_string(eos.size()) + " eos");
              for (const BeamHypothesis& h : search.results()) {
                const bool stopped = std::count(eos.begin(), eos.end(), h.ids.back()) > 0;
                BOOST_TEST((h.reason == (stopped ? FinishReason::stop : FinishReason::length)));
                ended_early += stopped;
                lengths += h.ids.size() == 14;
              }
              ++cases;
              search.release(session.engine().cache());
              BOOST_TEST(session.engine().cache().free_positions() == 4000);
            }
  BOOST_TEST(cases == 12 * 3 * 4 * 3 * 3 * 2);
  BOOST_TEST(ended_early > 500);
  BOOST_TEST(lengths > 500);
}

BOOST_AUTO_TEST_CASE(beam_sample_keeps_the_books_of_the_twin) {
  int unlike = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    for (const EarlyStopping early : {EarlyStopping::no, EarlyStopping::yes, EarlyStopping::never}) {
      const Tokens prompt{2, 7, 1}, eos{4, 7};
      BeamSettings drawn{3, 3, 0.8f, early, true, seed};
      const Twin twin{FakeModel::hashed_with(3, eos, 1.0f), 20, prompt, eos, 12, drawn};
      const FakeModel model(20, {}, twin.rule);
      FakeSession session = session_on(model);
      auto search = beams(prompt, settings(12, eos), drawn);
      run(session, search);
      same(search, twin.run(), "seed " + std::to_string(seed));
      drawn.do_sample = false;
      auto best = beams(prompt, settings(12, eos), drawn);
      run(session, best);
      unlike += best.results()[0].ids != search.results()[0].ids;
    }
  BOOST_TEST(unlike > 60);
}

BOOST_AUTO_TEST_CASE(beam_sample_draws_without_replacement) {
  // One new token, two beams: what comes back is the first two of the four candidates drawn, in either order.
  const std::vector<double> weights{8, 4, 2, 1, 1};
  const FakeModel model(5, {}, [&](std::span<const token_id>, std::span<float> scores) {
    for (std::size_t i = 0; i < 5; ++i) scores[i] = float(std::log(weights[i]));
  });
  const Tokens prompt{2};
  FakeSession session = session_on(model);
  constexpr int runs = 20000;
  std::vector<int> found(25);
  for (int i = 0; i < runs; ++i) {
    auto search = beams(prompt, settings(2), {2, 2, 1.0f, EarlyStopping::no, true, std::uint64_t(i)});
    run(session, search);
    const auto a = search.results()[0].ids.back(), b = search.results()[1].ids.back();
    ++found[std::size_t(std::min(a, b) * 5 + std::max(a, b))];
    search.release(session.engine().cache());
  }
  double chi_square = 0;
  for (std::size_t a = 0; a < 5; ++a)
    for (std::size_t b = a + 1; b < 5; ++b) {
      const double x = weights[a] / 16, y = weights[b] / 16, expected = runs * (x * y / (1 - x) + x * y / (1 - y));
      chi_square += (found[a * 5 + b] - expected) * (found[a * 5 + b] - expected) / expected;
    }
  BOOST_TEST(chi_square < 33.7);  // 9 degrees of freedom: above once in ten thousand
}

BOOST_AUTO_TEST_CASE(rules_see_log_probabilities_of_their_beam) {
  const Tokens prompt{2, 7, 1};
  const Twin twin{FakeModel::hashed(5), 20, prompt, {4}, 12, {3, 3, 1.0f, EarlyStopping::no}, [](std::span<float> lp) {
                    // TopK{4}, but never fewer than eos + 1 = 2; then half of each.
                    std::vector<float> sorted(lp.begin(), lp.end());
                    std::sort(sorted.rbegin(), sorted.rend());
                    for (float& v : lp) v = v < sorted[3] ? -INFINITY : v / 2.0f;
                  }};
  const FakeModel model(20, {}, twin.rule);
  FakeSession session = session_on(model);
  auto search = beams(prompt, settings(12, {4}), twin.beams, TopK{4} | Temperature{2.0f});
  run(session, search);
  same(search, twin.run(), "a rule");

  std::vector<std::int32_t> rows;
  const auto look = [&](LogitsRow& row, const RowContext& c) {
    BOOST_TEST(c.log_probs);
    BOOST_TEST(c.min_keep == 3);
    double sum = 0;
    row.for_each([&](float v, token_id) { sum += std::exp(double(v)); });
    BOOST_TEST(std::abs(sum - 1) < 1e-5);
    rows.push_back(c.row);
  };
  SequenceSettings s = settings(5, {4, 6});
  s.prompt = 2;
  auto looked = beams(prompt, s, {3, 1, 1.0f, EarlyStopping::no}, chain(look));
  run(session, looked);
  BOOST_TEST(rows == (std::vector<std::int32_t>{6, 6, 7, 8}));
}

BOOST_AUTO_TEST_CASE(with_beams_for_everything_it_is_an_exhaustive_search) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const std::int32_t vocab = 3, steps = 4;
    for (const Tokens& eos : {Tokens{}, Tokens{1}}) {
      // All sequences that end with the end token or after four.
      const float penalty = 0.7f;
      std::vector<std::pair<float, Tokens>> all;
      const FakeModel::Rule rule = FakeModel::hashed(seed);
      const std::function<void(Tokens, float)> grow = [&](Tokens ids, float score) {
        const auto length = std::int32_t(ids.size()) - 2;
        if (length == steps || (length > 0 && !eos.empty() && ids.back() == 1)) {
          all.push_back({score / std::pow(float(length), penalty), ids});
          return;
        }
        std::vector<float> lp(std::size_t(vocab), 0.0f);
        rule(ids, lp);
        detail::log_softmax(lp);
        for (token_id t = 0; t < vocab; ++t) {
          Tokens longer = ids;
          longer.push_back(t);
          grow(longer, lp[std::size_t(t)] + score);
        }
      };
      grow({2, 0}, 0);
      std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
      BOOST_TEST(all.size() == (eos.empty() ? 81u : 1 + 2 + 4 + 8 * 3u));

      const FakeModel model(vocab, {}, rule);
      FakeSession session = session_on(model);
      auto search = beams({2, 0}, settings(2 + steps, eos), {100, 100, penalty, EarlyStopping::no});
      run(session, search);
      BOOST_REQUIRE(search.results().size() == all.size());
      for (std::size_t i = 0; i < all.size(); ++i) {
        BOOST_TEST(search.results()[i].ids == all[i].second);
        BOOST_TEST(search.results()[i].score == all[i].first);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_prompt_in_chunks_and_a_state_for_every_beam) {
  const FakeModel model(20, {}, FakeModel::hashed_with(3, {5}, 6));
  FakeSession session = session_on(model);
  const Tokens prompt{2, 7, 1, 8, 2, 8};
  auto whole = beams(prompt, settings(16), {4, 4}, chain(NoRepeat{}));
  run(session, whole);
  for (const BeamHypothesis& h : whole.results())
    for (std::size_t i = prompt.size(); i < h.ids.size(); ++i) BOOST_TEST(h.ids[i] != h.ids[i - 1]);
  for (int chunk = 1; chunk <= 6; ++chunk) {
    auto parts = beams(prompt, settings(16, {}, 0, chunk), {4, 4}, chain(NoRepeat{}));
    run(session, parts);
    BOOST_REQUIRE(parts.results().size() == 4u);
    for (std::size_t i = 0; i < 4; ++i) {
      BOOST_TEST(parts.results()[i].ids == whole.results()[i].ids);
      BOOST_TEST(parts.results()[i].score == whole.results()[i].score);
    }
  }
}

BOOST_AUTO_TEST_CASE(beams_need_one_sequence_each_and_no_more) {
  const FakeModel model(20, {}, FakeModel::hashed(8));
  FakeSession session = session_on(model);
  auto expected = beams({2, 7, 1}, settings(12), {4, 2});
  run(session, expected);
  using Cache = ContiguousCache<Reference, float, 8>;
  const auto engine_for = [&](std::int32_t sequences) {
    HostMemory memory;
    BOOST_REQUIRE(!HostMemory::allocate(contiguous_cache_bytes(model.spec(), sequences, 16), memory));
    return Engine<FakeModel, Cache>(model, Reference{}.queue(), Cache(model.spec(), 16, std::move(memory)));
  };
  auto four = engine_for(4), three = engine_for(3);
  auto search = beams({2, 7, 1}, settings(12), {4, 2}), refused = search;
  run(four, search);
  BOOST_TEST(search.results()[0].ids == expected.results()[0].ids);
  BOOST_TEST(search.results()[1].ids == expected.results()[1].ids);
  search.release(four.cache());
  for (int i = 0; i < 4; ++i) BOOST_TEST(four.cache().create() >= 0);

  BOOST_TEST(!three.step(refused));
  BOOST_TEST(Error(three.step(refused)).message() == "cache: no room for another sequence");
  refused.release(three.cache());
  for (int i = 0; i < 3; ++i) BOOST_TEST(three.cache().create() >= 0);
}

BOOST_AUTO_TEST_CASE(a_rule_that_removes_everything_is_a_fault_and_changes_nothing) {
  bool all = false;
  const FakeModel model(20);
  FakeSession session = session_on(model);
  const auto rule = chain([&](LogitsRow& row, const RowContext& c) {
    if (all && c.ids.size() == 6) row.keep_if([](float, token_id) { return false; });
  });
  auto expected = beams({2, 7, 1}, settings(12), {3, 3}, rule);
  run(session, expected);
  all = true;
  auto search = beams({2, 7, 1}, settings(12), {3, 3}, rule);
  for (int i = 0; i < 3; ++i) BOOST_TEST(!session.step(search));
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST((session.step(search).code == FaultCode::numeric));
    BOOST_TEST(search.best_running().size() == 6u);
  }
  all = false;
  run(session, search);
  BOOST_TEST(search.results()[2].ids == expected.results()[2].ids);
}

BOOST_AUTO_TEST_SUITE_END()
