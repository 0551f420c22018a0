#include "skald/generation/max_time.hpp"

#include "generation/searches.hpp"
#include "skald/generation/generate.hpp"

BOOST_AUTO_TEST_SUITE(generation_max_time)

using namespace test;

namespace {

/// A clock that a test sets.
struct Hands {
  std::chrono::milliseconds* time;
  std::chrono::time_point<std::chrono::steady_clock, std::chrono::milliseconds> now() const {
    return std::chrono::time_point<std::chrono::steady_clock, std::chrono::milliseconds>(*time);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(strictly_more_than_the_time) {
  std::chrono::milliseconds time{1000};
  const MaxTime until(0.5, Hands{&time});
  const auto says = [&](int at) { return time = std::chrono::milliseconds(at), until(RowContext{}); };
  BOOST_TEST((says(1000) == FinishReason::none));
  BOOST_TEST((says(1500) == FinishReason::none));
  BOOST_TEST((says(1501) == FinishReason::time));
  BOOST_TEST((MaxTime<>(std::numeric_limits<double>::infinity())(RowContext{}) == FinishReason::none));
  BOOST_TEST((MaxTime<>(-1)(RowContext{}) == FinishReason::time));
  BOOST_TEST(name(FinishReason::time) == std::string("time"));
}

BOOST_AUTO_TEST_CASE(all_rows_end_in_the_step_that_was_too_late) {
  FakeModel model(24);
  std::chrono::milliseconds time{0};
  model.within = [&] { time += std::chrono::milliseconds(100); };  // what a forward takes
  const std::vector<Tokens> batch{{3, 1}, {4}};
  const auto out = generate(model, batch, chain(), Greedy{}, {.max_new_tokens = 20}, MaxTime(0.45, Hands{&time}));
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(out.new_tokens(i).size() == 5u);
    BOOST_TEST((out.finish_reasons[i] == FinishReason::time));
  }
  time = std::chrono::milliseconds(0);
  const auto beams = generate(model, batch, chain(), Greedy{}, {.max_new_tokens = 20, .num_beams = 2},
                              MaxTime(0.25, Hands{&time}));
  BOOST_TEST(beams.new_tokens(0).size() == 3u);
  BOOST_TEST((beams.finish_reasons[0] == FinishReason::time));
  time = std::chrono::milliseconds(0);
  const auto enough = generate(model, batch, chain(), Greedy{}, {.max_new_tokens = 4}, MaxTime(60, Hands{&time}));
  BOOST_TEST((enough.finish_reasons[0] == FinishReason::length));
}

BOOST_AUTO_TEST_SUITE_END()
