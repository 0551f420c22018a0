#include "skald/logits/concepts.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "logits/test_row.hpp"
#include "skald/logits/any_processor.hpp"
#include "skald/logits/chain.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_k.hpp"
#include "skald/logits/top_p.hpp"

BOOST_AUTO_TEST_SUITE(logits_concepts)

// The code of docs/logits_processors.md, a user's own processors in a user's own namespace.
namespace user {

// Pointwise: one score at a time. Even tokens get a bonus.
struct FavourEven {
  float bonus = 1;
  float operator()(float score, skald::token_id token) const { return token % 2 == 0 ? score + bonus : score; }
};

// Row: cuts whatever is not on a list.
struct AllowOnly {
  std::vector<bool> allowed;
  void operator()(skald::LogitsRow& row, const skald::RowContext&) const {
    row.keep_if([&](float, skald::token_id t) { return std::size_t(t) < allowed.size() && allowed[t]; });
  }
};

// Row, as a plain array: for code that wants all the scores.
struct SilenceLast {
  void operator()(skald::LogitsRow& row, const skald::RowContext&) const {
    row.dense().back() = -std::numeric_limits<float>::infinity();
  }
};

// Stateful: no token three times running.
struct NoThirdTime {
  struct State {
    skald::token_id last = skald::no_token;
    int times = 0;
  };

  State start(const skald::RowContext& context) const {
    State state;
    for (skald::token_id t : context.ids) accept(t, state);
    return state;
  }
  void operator()(skald::LogitsRow& row, const skald::RowContext&, const State& state) const {
    if (state.times < 2) return;
    if (float* score = row.find(state.last)) *score = -std::numeric_limits<float>::infinity();
  }
  void accept(skald::token_id token, State& state) const {
    state.times = token == state.last ? state.times + 1 : 1;
    state.last = token;
  }
};

}  // namespace user

using namespace skald;
using test::inf;

static_assert(PointwiseProcessor<user::FavourEven> && !RowProcessor<user::FavourEven>);
static_assert(RowProcessor<user::AllowOnly> && !PointwiseProcessor<user::AllowOnly>);
static_assert(StatefulProcessor<user::NoThirdTime> && !RowProcessor<user::NoThirdTime>);
static_assert(LogitsProcessor<float (*)(float, token_id)>);
static_assert(LogitsProcessor<Chain<>> && LogitsProcessor<AnyProcessor>);
static_assert(!LogitsProcessor<int> && !LogitsProcessor<std::string>);

// Changing itself is no processor: two threads would see each other.
inline constexpr auto counting = [n = 0](float v, token_id) mutable { return v + float(++n); };
static_assert(!LogitsProcessor<decltype(counting)>);

BOOST_AUTO_TEST_CASE(a_users_processors_in_a_chain_and_erased) {
  const user::AllowOnly allow{{true, true, true, false, true}};
  const auto rule = user::FavourEven{2} | Temperature{0.5f} | allow | user::NoThirdTime{} | user::SilenceLast{};
  const std::vector<token_id> ids{1, 0, 0};
  const test::Scores s{5, 4, 3, 9, 1, 8};
  const test::Scores expected{-inf, 8, 10, -inf, 6, -inf};
  BOOST_TEST(test::same(test::processed(rule, s, {.ids = ids}), expected));
  AnyProcessor any;
  any.add(user::FavourEven{2}).add(Temperature{0.5f} | allow).add(user::NoThirdTime{}).add(user::SilenceLast{});
  BOOST_TEST(test::same(test::processed(any, s, {.ids = ids}), expected));
}

BOOST_AUTO_TEST_SUITE_END()
