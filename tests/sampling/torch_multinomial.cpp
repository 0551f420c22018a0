#include "skald/sampling/torch_multinomial.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(sampling_torch_multinomial)

using skald::LogitsRow;
using skald::token_id;
using skald::TorchMultinomial;
using test::inf;
using test::Scores;

namespace {

Scores stairs(int row, int vocab) {
  Scores s;
  for (int i = 0; i < vocab; ++i) s.push_back(float(double((i * 37 + row * 11) % vocab) / (vocab / 4.0)));
  return s;
}

/// The tokens of `rows` sequences, step by step.
std::vector<std::vector<token_id>> draws(std::uint64_t seed, int vocab, int rows, int steps) {
  const TorchMultinomial sampler{seed};
  std::vector<TorchMultinomial::State> states;
  for (int r = 0; r < rows; ++r) states.push_back(sampler.start(std::uint32_t(r), std::uint32_t(rows)));
  std::vector<std::vector<token_id>> all;
  for (int s = 0; s < steps; ++s) {
    auto& found = all.emplace_back();
    for (int r = 0; r < rows; ++r) {
      test::RowBuffers b(stairs(r, vocab));
      LogitsRow row = b.row();
      found.push_back(sampler(row, {}, states[std::size_t(r)]));
    }
  }
  return all;
}

}  // namespace

// torch 2.15.0: manual_seed, then multinomial(softmax(scores), 1) once a step.
BOOST_AUTO_TEST_CASE(the_draws_of_torch) {
  using Draws = std::vector<std::vector<token_id>>;
  BOOST_TEST((draws(0, 5, 1, 8) == Draws{{2}, {2}, {2}, {2}, {2}, {4}, {2}, {2}}));
  BOOST_TEST((draws(42, 50, 2, 8) ==
              Draws{{24, 25}, {12, 37}, {11, 9}, {4, 2}, {27, 30}, {17, 14}, {4, 17}, {16, 9}}));
  BOOST_TEST((draws(12345678901, 300, 3, 8) == Draws{{186, 177, 218}, {177, 246, 85}, {292, 137, 207}, {64, 251, 126},
                                                     {298, 224, 249}, {186, 182, 119}, {242, 47, 143}, {104, 248, 299}}));
}

BOOST_AUTO_TEST_CASE(a_cut_row_draws_the_same_numbers) {
  Scores removed(300, -inf);
  for (const int t : {7, 120, 299}) removed[std::size_t(t)] = float(t % 5);
  const TorchMultinomial sampler{3};
  auto whole = sampler.start(0, 1), cut = whole;
  for (int i = 0; i < 20; ++i) {
    test::RowBuffers a(removed), b(removed);
    LogitsRow dense = a.row(), shortlist = b.row();
    shortlist.keep_if([](float score, token_id) { return score > -inf; });
    BOOST_TEST(shortlist.size() == 3);
    BOOST_TEST(sampler(dense, {}, whole) == sampler(shortlist, {}, cut));
    BOOST_TEST((whole.random == cut.random));
  }
}

BOOST_AUTO_TEST_CASE(a_copy_goes_on_by_itself) {
  const TorchMultinomial sampler{9};
  const auto draw = [&](TorchMultinomial::State& state) {
    test::RowBuffers b(Scores(40, 0.0f));
    LogitsRow row = b.row();
    return sampler(row, {}, state);
  };
  auto state = sampler.start(0, 1);
  draw(state);
  auto fork = state;
  std::vector<token_id> one, other;
  for (int i = 0; i < 10; ++i) one.push_back(draw(state));
  for (int i = 0; i < 10; ++i) other.push_back(draw(fork));
  BOOST_TEST(one == other, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_token_where_there_is_no_distribution) {
  const TorchMultinomial sampler{1};
  for (const Scores& s : {Scores(5, -inf), Scores{1, test::nan}, Scores{1, inf}, Scores{}}) {
    test::RowBuffers b(s);
    LogitsRow row = b.row();
    auto state = sampler.start(0, 1);
    BOOST_TEST(sampler(row, {}, state) == skald::no_token);
  }
}

BOOST_AUTO_TEST_SUITE_END()
