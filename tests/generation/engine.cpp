#include "skald/generation/engine.hpp"

#include <atomic>
#include <tuple>

#include "generation/searches.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/ops/reference/kernels.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(generation_engine)

using namespace test;

namespace {

const Tokens prompts[] = {{3, 1, 4, 1, 5}, {9, 2}, {6, 5, 3, 5, 8, 9, 7, 9}, {2, 7, 1, 8, 2, 8}, {1}};

/// What a search came to: its sequences, their ends and their scores.
struct Outcome {
  std::vector<Tokens> ids;
  std::vector<FinishReason> reasons;
  std::vector<float> scores;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
template <class Search>
void add_to(Outcome& out, const Search& s) {
  if constexpr (requires { s.results(); }) {
    for (const BeamHypothesis& h : s.results()) {
      out.ids.push_back(h.ids);
      out.reasons.push_back(h.reason);
      out.scores.push_back(h.score);
    }
  } else {
    out.ids.push_back(ids_of(s));
    out.reasons.push_back(s.reason());
  }
}
template <class... Searches>
Outcome outcome(const std::tuple<Searches...>& searches) {
  Outcome out;
  std::apply([&](const auto&... s) { (add_to(out, s), ...); }, searches);
  return out;
}

struct Stop {};

/// Throws at its n-th call of all, once.
struct Trap {
  int* calls;
  int at;
  void step() const {
    if (++*calls == at) throw Stop{};
  }
};
struct TrapRow {
  Trap trap;
  void operator()(LogitsRow& row, const RowContext&) const {
    trap.step();
    if (float* score = row.find(1)) *score -= 1;
  }
};
struct TrapState {
  Trap trap;
  NoRepeat inner{};
  using State = NoRepeat::State;
  State start(const RowContext& c) const { return inner.start(c); }
  void operator()(LogitsRow& row, const RowContext& c, State& s) const {
    inner(row, c, s);
    trap.step();
  }
  void accept(token_id t, State& s) const {
    inner.accept(t, s);
    trap.step();
  }
};
struct TrapSampler {
  Trap trap;
  Multinomial inner{.seed = 5};
  token_id operator()(LogitsRow& row, const RandomKey& key) const {
    trap.step();
    return inner(row, key);
  }
};
struct TrapStop {
  Trap trap;
  FinishReason operator()(const RowContext& c) const {
    trap.step();
    return c.ids.back() == 13 ? FinishReason::stop : FinishReason::none;
  }
};
struct TrapDrafter {
  Trap trap;
  PromptLookup inner{};
  std::span<const token_id> draft(std::span<const token_id> ids, std::int32_t n) {
    trap.step();
    return inner.draft(ids, n);
  }
};

/// Every search in one step, all with code of a user's.
auto everything(Trap trap, std::int32_t chunk = 0) {
  const auto rule = TrapRow{trap} | chain(TrapState{trap}) | Temperature{0.9f};
  const auto stop = stop_when(TrapStop{trap});
  SequenceSettings few = settings(14, {7});
  few.prefill_chunk = chunk;
  return std::tuple(sample(prompts[0], few, rule, Greedy{}, stop),
                    sample(prompts[2], few, rule, TrapSampler{trap}, stop),
                    beams(prompts[1], settings(9, {7}, 0, chunk), {3, 3}, rule, stop),
                    assisted(prompts[3], few, rule, TrapSampler{trap}, stop, TrapDrafter{trap}));
}

constexpr int never = -1;

template <class Session, class Tuple>
Fault step(Session& session, Tuple& searches) {
  return std::apply([&](auto&... s) { return session.step(s...); }, searches);
}
template <class Tuple>
bool finished(const Tuple& searches) {
  return std::apply([](const auto&... s) { return (s.finished() && ...); }, searches);
}
template <class Session, class Tuple>
void release(Session& session, Tuple& searches) {
  std::apply([&](auto&... s) { (s.release(session.engine().cache()), ...); }, searches);
}

}  // namespace

BOOST_AUTO_TEST_CASE(many_searches_in_one_step_are_each_as_alone) {
  const FakeModel model;
  FakeSession together = session_on(model);
  const auto make = [] {
    return std::tuple(sample(prompts[0], settings(20, {7})),
                      sample(prompts[1], settings(25, {7}, 4), chain(Temperature{0.7f}), Multinomial{.seed = 3}),
                      beams(prompts[2], settings(16, {7}), {4, 4}), assisted(prompts[3], settings(30)),
                      sample(prompts[2], settings(20, {}, 0, 3)), beams(prompts[4], settings(9), {2, 1}));
  };
  auto all = make();
  std::apply([&](auto&... s) { run(together, s...); }, all);
  const std::int64_t steps = model.forwards;
  auto alone = make();
  std::apply([&](auto&... s) {
    ([&](auto& one) {
      FakeSession session = session_on(model);
      run(session, one);
    }(s), ...);
  }, alone);
  BOOST_TEST((outcome(all) == outcome(alone)));
  BOOST_TEST(steps <= 25);  // as many as the longest takes
}

BOOST_AUTO_TEST_CASE(a_batch_of_eight_is_eight_alone) {
  const FakeModel model;
  using Search = decltype(sample(prompts[0], settings(1), chain(Temperature{0.7f}), Multinomial{}));
  std::vector<Search> batch, alone;
  for (std::uint32_t i = 0; i < 8; ++i)
    batch.push_back(sample(prompts[i % 5], settings(12 + std::int32_t(i), {7}, i), chain(Temperature{0.7f}),
                           Multinomial{.seed = 8}));
  alone = batch;
  FakeSession session = session_on(model);
  while (!std::ranges::all_of(batch, [](const Search& s) { return s.finished(); })) BOOST_REQUIRE(!session.step(batch));
  for (std::size_t i = 0; i < 8; ++i) {
    FakeSession one = session_on(model);
    run(one, alone[i]);
    BOOST_TEST(ids_of(batch[i]) == ids_of(alone[i]));
    BOOST_TEST((batch[i].reason() == alone[i].reason()));
  }
  BOOST_TEST(!session.step(batch));  // nothing left to do is no fault
}

BOOST_AUTO_TEST_CASE(code_of_the_user_may_throw_anywhere) {
  const FakeModel model(20);
  int calls = 0;
  const auto expected = [&] {
    auto searches = everything({&calls, never});
    FakeSession session = session_on(model);
    while (!finished(searches)) BOOST_REQUIRE(!step(session, searches));
    return outcome(searches);
  }();
  const int all = calls;
  BOOST_TEST(all > 150);
  FakeSession session = session_on(model);
  for (int at = 1; at <= all; ++at) {
    calls = 0;
    auto searches = everything({&calls, at});
    int thrown = 0;
    while (!finished(searches)) try {
        BOOST_REQUIRE(!step(session, searches));
      } catch (const Stop&) {
        ++thrown;
      }
    BOOST_TEST(thrown == 1);
    BOOST_TEST((outcome(searches) == expected), "thrown at call " << at << " of " << all);
    release(session, searches);
    BOOST_REQUIRE(session.engine().cache().free_positions() == 4000);
  }
}

BOOST_AUTO_TEST_CASE(cancelled_at_any_step_and_resumed) {
  FakeModel model(20);
  int calls = 0;
  std::atomic<bool> cancel{false};
  for (const std::int32_t chunk : {0, 2}) {
    auto whole = everything({&calls, never}, chunk);
    FakeSession session = session_on(model);
    session.engine().queue().cancel_on(&cancel);
    model.forwards = 0;
    while (!finished(whole)) BOOST_REQUIRE(!step(session, whole));
    const std::int64_t steps = model.forwards;
    BOOST_TEST(steps >= 8);
    release(session, whole);
    for (std::int64_t at = 1; at <= steps; ++at)
      for (const bool before : {true, false}) {
        model.forwards = 0;
        auto searches = everything({&calls, never}, chunk);
        if (!before) model.within = [&] { cancel = model.forwards == at; };
        int cancelled = 0;
        while (!finished(searches)) {
          if (before && model.forwards == at - 1 && !cancelled) cancel = true;
          const Fault f = step(session, searches);
          if (!f) continue;
          BOOST_TEST((f.code == FaultCode::cancelled));
          ++cancelled;
          BOOST_TEST((step(session, searches).code == FaultCode::cancelled));  // until the flag is taken back
          cancel = false;
          model.within = nullptr;
        }
        BOOST_TEST(cancelled == 1);
        BOOST_TEST((outcome(searches) == outcome(whole)), "cancelled at " << at << " of " << steps);
        release(session, searches);
        BOOST_REQUIRE(session.engine().cache().free_positions() == 4000);
      }
  }
}

namespace {

/// Plain kernels that set a flag at one of their calls.
struct Interrupted : Reference {
  static inline std::atomic<bool> cancel{false};
  static inline int calls = 0, at = never;
  struct Kernels : ReferenceKernels {
    template <class K, class... As>
    static void norm(As&&... as) {
      ReferenceKernels::norm<K>(as...);
      if (++calls == at) cancel = true;
    }
  };
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_real_model_is_cancelled_between_its_layers) {
  using Model = Transformer<Interrupted, fp32, FromConfig>;
  const auto model = support::random_model<Model>(FromConfig{support::small_llama});
  using TheSession = Session<Model>;
  const auto make = [] {
    return std::tuple(sample(Tokens(40, 3), settings(46)), beams(prompts[2], settings(12), {2, 2}),
                      assisted(prompts[0], settings(10)));
  };
  TheSession session = TheSession::create(model, {100, 600});
  session.engine().queue().cancel_on(&Interrupted::cancel);
  auto whole = make();
  while (!finished(whole)) BOOST_REQUIRE(!step(session, whole));
  release(session, whole);
  const int all = std::exchange(Interrupted::calls, 0);
  BOOST_TEST(all >= 6 * 7);
  const auto free = session.engine().cache().free_positions();
  int cancelled = 0;
  for (int at = 1; at <= all; ++at) {
    Interrupted::calls = 0;
    Interrupted::at = at;
    auto searches = make();
    while (!finished(searches)) {
      const Fault f = step(session, searches);
      if (f) {
        BOOST_TEST((f.code == FaultCode::cancelled));
        ++cancelled;
      }
      Interrupted::cancel = false;  // also where nobody looked any more
    }
    BOOST_TEST((outcome(searches) == outcome(whole)), "cancelled at " << at << " of " << all);
    release(session, searches);
    BOOST_REQUIRE(session.engine().cache().free_positions() == free);
  }
  BOOST_TEST(cancelled >= all * 6 / 7);  // the last norm of a step stands behind the last look
}

BOOST_AUTO_TEST_CASE(a_long_prompt_is_left_within_one_layer) {
  using Model = Transformer<Interrupted, fp32, FromConfig>;
  const auto model = support::random_model<Model>(FromConfig{support::small_llama});
  Session<Model> session = Session<Model>::create(model, {4200, 4300});
  session.engine().queue().cancel_on(&Interrupted::cancel);
  Interrupted::at = -1;
  auto expected = sample(prompts[0], settings(12)), after = expected;
  run(session, expected);
  expected.release(session.engine().cache());
  const auto free = session.engine().cache().free_positions();
  for (const int at : {1, 2}) {  // two norms a layer, and one at the end: seven if nobody looked
    auto prefill = sample(Tokens(4096, 3), settings(4100));
    Interrupted::calls = 0;
    Interrupted::at = at;
    BOOST_TEST((session.step(prefill).code == FaultCode::cancelled));
    BOOST_TEST(Interrupted::calls == 2);  // the layer was ended, no other begun
    Interrupted::cancel = false;
    prefill.release(session.engine().cache());
    BOOST_TEST(session.engine().cache().free_positions() == free);
  }
  run(session, after);  // the session goes on
  BOOST_TEST(ids_of(after) == ids_of(expected));
}

BOOST_AUTO_TEST_CASE(a_fault_of_one_search_leaves_the_others) {
  const FakeModel model;
  FakeSession session = session_on(model);
  auto good = sample(prompts[0], settings(10));
  auto expected = good;
  auto bad = sample(Tokens(300, 1), settings(400));  // beyond the context of the session
  BOOST_TEST((session.step(good, bad).code == FaultCode::out_of_range));
  BOOST_TEST(good.new_ids().empty());
  bad.release(session.engine().cache());
  run(session, good);
  run(session, expected);
  BOOST_TEST(ids_of(good) == ids_of(expected));
}

BOOST_AUTO_TEST_SUITE_END()
