#include "skald/sampling/multinomial.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

#include "logits/test_row.hpp"
#include "skald/logits/top_k.hpp"

BOOST_AUTO_TEST_SUITE(sampling_multinomial)

using namespace skald;
using test::inf;
using test::RowBuffers;
using test::Scores;

namespace {

token_id draw(const Multinomial& s, const Scores& scores, std::uint32_t position = 0, std::uint32_t sequence = 0) {
  RowBuffers b(scores);
  LogitsRow row = b.row();
  return s(row, random_key(s, sequence, position));
}

// Sum over the categories of (drawn - expected)^2 / expected.
double chi_square(const std::vector<int>& drawn, const std::vector<double>& p, int n) {
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] > 0) sum += std::pow(drawn[i] - p[i] * n, 2) / (p[i] * n);
  }
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_CASE(draws_by_probability) {
  const Scores s{2, -1, 0.5f, -inf, 3, 0, 1.5f, -2, 2.5f};
  const std::vector<double> p = test::softmax(s);
  const int n = 20000;
  const double critical = 24.3;  // seven degrees of freedom, one in a thousand
  for (std::uint64_t seed : {42ull, 7ull}) {
    std::vector<int> by_position(s.size()), by_sequence(s.size());
    for (int i = 0; i < n; ++i) {
      ++by_position[draw({seed}, s, std::uint32_t(i))];
      ++by_sequence[draw({seed}, s, 9, std::uint32_t(i))];
    }
    BOOST_TEST(by_position[3] == 0);
    BOOST_TEST(chi_square(by_position, p, n) < critical);
    BOOST_TEST(chi_square(by_sequence, p, n) < critical);
    const std::vector<double> wrong = test::softmax({2.2f, -1, 0.5f, -inf, 3, 0, 1.5f, -2, 2.5f});
    BOOST_TEST(chi_square(by_position, wrong, n) > critical);  // the test can tell 2.2 from 2
  }
}

// Many blocks: draws fall into every part of a large vocabulary, and agree with a plain running sum.
BOOST_AUTO_TEST_CASE(a_large_row_as_a_running_sum_draws_it) {
  std::mt19937 random(8);
  for (int kind = 0; kind < test::kinds; ++kind) {
    const Scores s = test::random_scores(random, 3001, kind);
    const std::vector<double> p = test::softmax(s);
    for (std::uint32_t position = 0; position < 200; ++position) {
      const double u = random_uniform({5, 0, position});
      const token_id t = draw({5}, s, position);
      BOOST_REQUIRE(t != no_token);
      double before = 0;
      for (int i = 0; i < t; ++i) before += p[i];
      BOOST_REQUIRE(p[t] > 0);
      BOOST_REQUIRE(before <= u + 1e-6);
      BOOST_REQUIRE(before + p[t] >= u - 1e-6);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_key_alone_decides) {
  const Scores s(50, 0.0f);
  BOOST_TEST(draw({42}, s, 3, 1) == draw({42}, s, 3, 1));
  int other_position = 0, other_sequence = 0, other_seed = 0;
  for (std::uint32_t i = 0; i < 100; ++i) {
    other_position += draw({42}, s, i) != draw({42}, s, i + 1);
    other_sequence += draw({42}, s, i) != draw({42}, s, i, 1);
    other_seed += draw({42}, s, i) != draw({43}, s, i);
  }
  BOOST_TEST(other_position > 80);
  BOOST_TEST(other_sequence > 80);
  BOOST_TEST(other_seed > 80);
}

// Worked out by another implementation of the generator and of the distribution.
BOOST_AUTO_TEST_CASE(known_draws) {
  const Scores s{0, 1, 2, 3, 4, 5, 6, 7};
  std::vector<token_id> found;
  for (std::uint32_t position = 0; position < 12; ++position) found.push_back(draw({42}, s, position));
  const std::vector<token_id> expected{7, 6, 7, 7, 6, 2, 7, 7, 4, 6, 7, 7};
  BOOST_TEST(found == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_removed_is_never_drawn) {
  Scores s(1000, -inf);
  s[0] = -inf;
  s[700] = -3e38f;
  s[999] = -inf;
  for (std::uint32_t i = 0; i < 50; ++i) BOOST_TEST(draw({1}, s, i) == 700);
  s[10] = 0;  // 700 is now more than 87.7 below the best
  for (std::uint32_t i = 0; i < 50; ++i) BOOST_TEST(draw({1}, s, i) == 10);
}

// Keys whose uniform number is the least and the greatest there is.
BOOST_AUTO_TEST_CASE(the_ends_of_the_interval) {
  const RandomKey least{1, 27, 46490}, greatest{1, 3, 435340};
  BOOST_REQUIRE(random_uniform(least) == 0.0f);
  BOOST_REQUIRE(random_uniform(greatest) == 1.0f - 0x1p-24f);
  for (int n : {4, 200, 256, 257, 1000}) {
    Scores s(n, -inf);
    s[1] = s[n - 2] = 0;
    RowBuffers b(s);
    LogitsRow row = b.row();
    BOOST_TEST(Multinomial{}(row, least) == 1);
    BOOST_TEST(Multinomial{}(row, greatest) == n - 2);
  }
  Scores late(1000, -inf);
  late[700] = 0;
  RowBuffers late_buffers(late);
  LogitsRow late_row = late_buffers.row();
  BOOST_TEST(Multinomial{}(late_row, least) == 700);
  // A block's float sum that rounding made greater than the sum of its parts: the last token that has any is taken.
  Scores s(256, -inf);
  s[0] = 0;
  s[64] = s[128] = -16.61f;  // e^-16.61 is a little more than half a unit in the last place of 1
  RowBuffers b(s);
  LogitsRow row = b.row();
  BOOST_TEST(Multinomial{}(row, greatest) == 128);
}

BOOST_AUTO_TEST_CASE(a_cut_row_gives_its_tokens_and_keeps_its_scores) {
  RowBuffers b({1, 5, 2, 4, 3});
  LogitsRow row = b.row();
  TopK{2}(row, {});
  for (std::uint32_t i = 0; i < 50; ++i) {
    const token_id t = Multinomial{3}(row, {3, 0, i});
    BOOST_TEST((t == 1 || t == 3));
  }
  const auto dense = row.dense();
  BOOST_TEST(test::same({dense.begin(), dense.end()}, {-inf, 5, -inf, 4, -inf}));
}

BOOST_AUTO_TEST_CASE(no_token_where_there_is_no_distribution) {
  BOOST_TEST(draw({1}, Scores(5, -inf)) == no_token);
  BOOST_TEST(draw({1}, {1, test::nan, 2}) == no_token);
  BOOST_TEST(draw({1}, {1, inf, 2}) == no_token);
  BOOST_TEST(draw({1}, {}) == no_token);
  BOOST_TEST(draw({1}, {-5}) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
