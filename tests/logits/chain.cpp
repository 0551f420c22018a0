#include "skald/logits/chain.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "golden/logits/warped.hpp"
#include "logits/test_row.hpp"
#include "skald/logits/any_processor.hpp"
#include "skald/logits/min_p.hpp"
#include "skald/logits/repetition_penalty.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_k.hpp"
#include "skald/logits/top_p.hpp"

BOOST_AUTO_TEST_SUITE(logits_chain)

using namespace skald;
using test::inf;
using test::RowBuffers;
using test::Scores;

namespace {

// Remembers how many tokens it has accepted, and adds that to token 0, `each` for each.
struct Counter {
  float each = 1;
  struct State {
    int accepted = 0;
    int prompt = 0;
  };
  State start(const RowContext& c) const { return {0, c.prompt_length}; }
  void operator()(LogitsRow& row, const RowContext&, State& state) const {
    if (float* v = row.find(0)) *v += each * float(state.accepted + state.prompt);
  }
  void accept(token_id, State& state) const { ++state.accepted; }
};

float minus_one_at_three(float v, token_id t) { return t == 3 ? v - 1 : v; }

// One link after the other, each as a chain of its own.
template <class... Ps>
Scores one_by_one(const Scores& s, const RowContext& context, const Ps&... links) {
  RowBuffers b(s);
  LogitsRow row = b.row();
  const auto apply = [&](const auto& link) {
    const auto rule = chain(link);
    auto state = rule.start(context);
    rule(row, context, state);
  };
  (apply(links), ...);
  const auto dense = row.dense();
  return {dense.begin(), dense.end()};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_chain_is_a_flat_type) {
  const auto rule = Temperature{0.7f} | TopK{50} | TopP{0.9f};
  static_assert(std::is_same_v<decltype(rule), const Chain<Temperature, TopK, TopP>>);
  const auto nested = chain(rule, chain(), RepetitionPenalty{1.1f} | rule) | TopK{3};
  static_assert(std::is_same_v<decltype(nested), const Chain<Temperature, TopK, TopP, RepetitionPenalty, Temperature,
                                                             TopK, TopP, TopK>>);
  static_assert(std::is_empty_v<decltype(rule)::State>);
  static_assert(StatefulProcessor<Chain<>>);
  static_assert(std::is_same_v<decltype(Counter{} | TopK{1} | Counter{})::State,
                               std::tuple<Counter::State, Counter::State>>);
  BOOST_TEST(std::get<2>(rule.links()).top_p == 0.9, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(an_empty_chain_changes_nothing) {
  BOOST_TEST(test::same(test::processed(chain(), {1, 2, 3}), {1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(lambdas_and_functions_on_either_side) {
  const auto twice = [](float v, token_id) { return v * 2; };
  const auto first_two = [](LogitsRow& row, const RowContext&) { row.keep_best(2); };
  const Scores s{1, 2, 3, 3.2f};
  const Scores expected{-inf, 4, 6, -inf};
  BOOST_TEST(test::same(test::processed(twice | Temperature{} | first_two, {1, 2, 3, 0}), expected));
  BOOST_TEST(test::same(test::processed(chain(minus_one_at_three, first_two), s), {-inf, -inf, 3, 2.2f}));
  const std::function<float(float, token_id)> negate = [](float v, token_id) { return -v; };
  BOOST_TEST(test::same(test::processed(negate | TopK{1}, s), {-1, -inf, -inf, -inf}));
  const auto in_double = [](float v, token_id) { return double(v) + 0.5; };
  BOOST_TEST(test::same(test::processed(Temperature{2} | in_double, {1, 2}), {1, 1.5f}));
}

BOOST_AUTO_TEST_CASE(a_fused_sweep_equals_link_by_link) {
  std::mt19937 random(21);
  std::vector<float> bias(400);
  for (float& v : bias) v = float(random() % 100) / 10;
  const auto biased = [bias](float v, token_id t) { return v + bias[t]; };  // too large to be copied into the sweep
  const Temperature warm{1.7f}, cool{0.3f};
  const auto cut = [](LogitsRow& row, const RowContext&) { row.keep_if([](float v, token_id) { return v > 0; }); };
  for (int kind = 0; kind < test::kinds; ++kind) {
    const Scores s = test::random_scores(random, 400, kind);
    const auto rule = warm | biased | minus_one_at_three | cut | cool | biased | warm;
    const Scores expected = one_by_one(s, {}, warm, biased, minus_one_at_three, cut, cool, biased, warm);
    BOOST_TEST(test::same(test::processed(rule, s), expected));
  }
}

// Neighbours take a score from hand to hand; links behind a cut see what is left, and nothing else.
BOOST_AUTO_TEST_CASE(one_sweep_for_neighbours_and_none_over_what_was_cut) {
  std::vector<std::pair<int, token_id>> calls;
  const auto link = [&calls](int number) {
    return [&calls, number](float v, token_id t) {
      calls.emplace_back(number, t);
      return v;
    };
  };
  const auto best = [](LogitsRow& row, const RowContext&) { row.keep_best(2); };
  test::processed(chain(link(0), link(1), best, link(2), link(3)), {5, 1, 7});
  const std::vector<std::pair<int, token_id>> expected{{0, 0}, {1, 0}, {0, 1}, {1, 1}, {0, 2}, {1, 2},
                                                       {2, 0}, {3, 0}, {2, 2}, {3, 2}};
  BOOST_TEST((calls == expected));
}

BOOST_AUTO_TEST_CASE(typed_erased_and_one_by_one_are_the_same) {
  std::mt19937 random(22);
  std::vector<token_id> ids;
  for (int i = 0; i < 60; ++i) ids.push_back(token_id(random() % 900));
  const RowContext context{.ids = ids, .prompt_length = 50, .min_keep = 2};
  const RepetitionPenalty penalty{1.3f};
  const Temperature temperature{0.8f};
  const TopK top_k{60};
  const TopP top_p{0.9};
  const MinP min_p{0.05f};
  const auto rule = penalty | minus_one_at_three | temperature | Counter{} | top_k | top_p | min_p;
  AnyProcessor any, nested;
  any.add(penalty).add(minus_one_at_three).add(temperature).add(Counter{}).add(top_k).add(top_p).add(min_p);
  nested.add(penalty | minus_one_at_three).add(temperature | Counter{} | top_k).add(top_p | min_p);
  for (int kind = 0; kind < test::kinds; ++kind) {
    for (int n : {1, 2, 50, 1000}) {
      const Scores s = test::random_scores(random, n, kind);
      const Scores expected =
          one_by_one(s, context, penalty, minus_one_at_three, temperature, Counter{}, top_k, top_p, min_p);
      BOOST_TEST(test::same(test::processed(rule, s, context), expected));
      BOOST_TEST(test::same(test::processed(any, s, context), expected));
      BOOST_TEST(test::same(test::processed(nested, s, context), expected));
    }
  }
}

BOOST_AUTO_TEST_CASE(states_are_values_that_fork) {
  const auto rule = Counter{} | TopK{2} | Counter{100};
  const RowContext context{.prompt_length = 5};
  auto state = rule.start(context);
  const auto score_of_zero = [&](auto& s) {
    RowBuffers b({0, -100});
    LogitsRow row = b.row();
    rule(row, context, s);
    return row.dense()[0];
  };
  BOOST_TEST(score_of_zero(state) == 505);
  rule.accept(7, state);
  auto fork = state;
  rule.accept(7, fork);
  rule.accept(7, fork);
  BOOST_TEST(score_of_zero(state) == 606);
  BOOST_TEST(score_of_zero(fork) == 808);
  state = fork;  // a beam takes another's place
  rule.accept(1, fork);
  BOOST_TEST(score_of_zero(state) == 808);
  BOOST_TEST(score_of_zero(fork) == 909);
}

BOOST_AUTO_TEST_CASE(one_chain_for_many_threads) {
  const auto rule = Temperature{0.5f} | Counter{} | TopK{2};
  std::vector<Scores> results(4);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] { results[i] = test::processed(rule, {1, 2, float(i)}, {.prompt_length = i}); });
  }
  for (auto& t : threads) t.join();
  BOOST_TEST(test::same(results[0], {2, 4, -inf}));
  BOOST_TEST(test::same(results[3], {5, -inf, 6}));
}

BOOST_AUTO_TEST_CASE(the_first_wrong_option_is_reported) {
  BOOST_TEST(!(Temperature{0.7f} | minus_one_at_three | TopK{5}).check());
  const Fault f = (Temperature{0.7f} | TopK{0} | TopP{2.0}).check();
  BOOST_TEST(std::string(f.what) == "top_k has to be a strictly positive integer");
  AnyProcessor any;
  BOOST_TEST(!any.check());
  any.add(Temperature{1}).add(TopK{1} | MinP{2});
  BOOST_TEST(std::string(any.check().what) == "min_p has to be a number in [0, 1]");
}

BOOST_AUTO_TEST_CASE(distributions_of_two_models) {
  for (const golden::Warped* model : {&golden::warped_gpt2, &golden::warped_llama_gqa}) {
    const Scores logits(model->logits.begin(), model->logits.end());
    BOOST_REQUIRE(model->cases.size() > 8u);
    for (const golden::WarpedCase& c : model->cases) {
      AnyProcessor rule;
      if (c.temperature != 1) rule.add(Temperature{c.temperature});
      if (c.top_k) rule.add(TopK{c.top_k});
      if (c.top_p < 1) rule.add(TopP{c.top_p});
      if (c.min_p >= 0) rule.add(MinP{c.min_p});
      const Scores found = test::processed(rule, logits);
      const std::vector<double> p = test::softmax(found);
      std::size_t next = 0;
      for (int t = 0; t < 160; ++t) {
        if (found[t] == -inf) continue;
        BOOST_REQUIRE(next < c.left.size());
        BOOST_REQUIRE(t == c.left[next].token);
        BOOST_TEST(p[t] == double(c.left[next].probability), boost::test_tools::tolerance(2e-6));
        ++next;
      }
      BOOST_TEST(next == c.left.size());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
