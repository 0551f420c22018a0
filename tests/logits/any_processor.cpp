#include "skald/logits/any_processor.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <utility>
#include <vector>

#include "logits/test_row.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_k.hpp"

BOOST_AUTO_TEST_SUITE(logits_any_processor)

using namespace skald;
using test::inf;

namespace {

// Forbids every token already accepted; its state owns memory.
struct NeverTwice {
  using State = std::vector<token_id>;
  State start(const RowContext&) const { return {}; }
  void operator()(LogitsRow& row, const RowContext&, State& seen) const {
    for (token_id t : seen) {
      if (float* v = row.find(t)) *v = -inf;
    }
  }
  void accept(token_id t, State& seen) const { seen.push_back(t); }
};

test::Scores scores(const AnyProcessor& rule, AnyProcessor::State& state) {
  test::RowBuffers b({1, 2, 3});
  LogitsRow row = b.row();
  rule(row, {}, state);
  const auto dense = row.dense();
  return {dense.begin(), dense.end()};
}

}  // namespace

static_assert(StatefulProcessor<AnyProcessor>);
static_assert(std::is_same_v<decltype(AnyProcessor{} | TopK{1}), Chain<AnyProcessor, TopK>>);

BOOST_AUTO_TEST_CASE(nothing_added_changes_nothing) {
  BOOST_TEST(test::same(test::processed(AnyProcessor{}, {1, 2}), {1, 2}));
}

BOOST_AUTO_TEST_CASE(states_fork_and_go_back) {
  AnyProcessor rule;
  rule.add(NeverTwice{}).add(Temperature{0.5f});
  auto state = rule.start({});
  rule.accept(2, state);
  const auto before = state;
  auto fork = state;
  rule.accept(0, fork);
  BOOST_TEST(test::same(scores(rule, state), {2, 4, -inf}));
  BOOST_TEST(test::same(scores(rule, fork), {-inf, 4, -inf}));
  fork = before;
  BOOST_TEST(test::same(scores(rule, fork), {2, 4, -inf}));
  state = std::move(fork);
  BOOST_TEST(test::same(scores(rule, state), {2, 4, -inf}));
}

BOOST_AUTO_TEST_CASE(a_copy_shares_the_links_but_not_the_list) {
  AnyProcessor rule;
  rule.add(Temperature{0.5f});
  AnyProcessor longer = rule;
  longer.add(TopK{1});
  BOOST_TEST(test::same(test::processed(rule, {1, 2}), {2, 4}));
  BOOST_TEST(test::same(test::processed(longer, {1, 2}), {-inf, 4}));
}

BOOST_AUTO_TEST_CASE(a_state_outlives_its_processor_and_does_not_see_later_links) {
  auto rule = std::make_unique<AnyProcessor>();
  rule->add(NeverTwice{});
  auto state = rule->start({});
  rule->add(TopK{1});
  rule->accept(0, state);
  BOOST_TEST(test::same(scores(*rule, state), {-inf, 2, 3}));
  rule.reset();
  BOOST_TEST(test::same(scores(AnyProcessor{}, state), {-inf, 2, 3}));
}

BOOST_AUTO_TEST_CASE(a_link_of_a_chain_and_of_itself) {
  AnyProcessor inner;
  inner.add(NeverTwice{});
  AnyProcessor outer;
  outer.add(inner | Temperature{0.5f}).add(inner);
  const auto rule = outer | TopK{1};
  auto state = rule.start({});
  rule.accept(2, state);
  auto fork = state;
  rule.accept(1, fork);
  const auto best = [&](auto& s) {
    test::RowBuffers b({1, 2, 3});
    LogitsRow row = b.row();
    rule(row, {}, s);
    return row.best();
  };
  BOOST_TEST(best(state) == 1);
  BOOST_TEST(best(fork) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
