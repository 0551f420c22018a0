// Searches on the fake model, made and run in one line.
#pragma once
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "skald/generation/assisted_search.hpp"
#include "skald/generation/beam_search.hpp"
#include "skald/generation/session.hpp"
#include "skald/sampling/greedy.hpp"
#include "skald/sampling/multinomial.hpp"
#include "support/fake_model.hpp"

namespace test {

using namespace skald;
using support::FakeModel;
using Tokens = std::vector<token_id>;
using FakeSession = Session<FakeModel>;

inline FakeSession session_on(const FakeModel& model, std::int64_t positions = 4000) {
  return FakeSession::create(model, {200, positions});
}

inline SequenceSettings settings(std::int32_t max_length, Tokens eos = {}, std::uint32_t sequence = 0,
                                 std::int32_t chunk = 0) {
  SequenceSettings s;
  s.max_length = max_length;
  s.sequence = sequence;
  s.prefill_chunk = chunk;
  for (token_id e : eos) s.eos.push_back(e);
  return s;
}

template <class Rule = Chain<>, class S = Greedy, class Stop = AnyOf<EosToken, MaxLength>>
auto sample(Tokens prompt, SequenceSettings s, Rule rule = chain(), S sampler = {}, Stop stop = {}) {
  return SampleSearch<Rule, S, Stop>(std::move(prompt), rule, sampler, stop, s);
}
template <class Rule = Chain<>, class S = Greedy, class Stop = AnyOf<EosToken, MaxLength>, class D = PromptLookup>
auto assisted(Tokens prompt, SequenceSettings s, Rule rule = chain(), S sampler = {}, Stop stop = {}, D drafter = {}) {
  return AssistedSearch<Rule, S, Stop, D>(std::move(prompt), rule, sampler, stop, drafter, s);
}
template <class Rule = Chain<>, class Stop = AnyOf<EosToken, MaxLength>>
auto beams(Tokens prompt, SequenceSettings s, BeamSettings b, Rule rule = chain(), Stop stop = {}) {
  return BeamSearch<Rule, Stop>(std::move(prompt), rule, stop, s, b);
}

/// Forbids the token said last and remembers how many it was told.
struct NoRepeat {
  struct State {
    token_id last;
    int told;
  };
  State start(const RowContext& c) const { return {c.ids.back(), 0}; }
  void operator()(LogitsRow& row, const RowContext& c, State& s) const {
    BOOST_TEST(s.told == std::int32_t(c.ids.size()) - c.prompt_length);
    BOOST_TEST(s.last == c.ids.back());
    if (float* score = row.find(s.last)) *score = -INFINITY;
  }
  void accept(token_id t, State& s) const { s = {t, s.told + 1}; }
};

/// Steps all of them together to their end; the number of steps.
template <class Session, class... Searches>
int run(Session& session, Searches&... searches) {
  int steps = 0;
  while (!(searches.finished() && ...)) {
    const Fault f = session.step(searches...);
    BOOST_REQUIRE_MESSAGE(!f, Error(f).message());
    BOOST_REQUIRE(++steps < 1000);
  }
  return steps;
}

template <class Search>
Tokens ids_of(const Search& s) { return {s.ids().begin(), s.ids().end()}; }

/// The same by hand: a loop over the fake model's rule.
template <class Choose>
Tokens by_hand(const FakeModel::Rule& rule, std::int32_t vocab, Tokens ids, std::size_t max_length, const Tokens& eos,
               Choose&& choose) {
  std::vector<float> scores(std::size_t(vocab), 0.0f), values(scores);
  Tokens room(scores.size());
  while (ids.size() < max_length) {
    rule(ids, scores);
    LogitsRow row(scores, room, values);
    ids.push_back(choose(row, ids));
    if (std::count(eos.begin(), eos.end(), ids.back())) break;
  }
  return ids;
}

}  // namespace test
