#include "skald/logits/row.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_row)

using skald::LogitsRow;
using skald::token_id;
using test::inf;
using test::RowBuffers;
using test::Scores;

namespace {

std::vector<std::pair<token_id, float>> entries(LogitsRow& row) {
  std::vector<std::pair<token_id, float>> all;
  row.for_each([&](float v, token_id t) { all.emplace_back(t, v); });
  return all;
}

using Entries = std::vector<std::pair<token_id, float>>;

}  // namespace

BOOST_AUTO_TEST_CASE(dense_until_cut_then_a_shortlist) {
  RowBuffers b({2, -1, 0.5f, 3});
  LogitsRow row = b.row();
  BOOST_TEST(row.is_dense());
  BOOST_TEST(row.vocab() == 4);
  BOOST_TEST(row.size() == 4);
  row.for_each([](float& v, token_id t) { v += float(t); });
  BOOST_TEST(row.values()[3] == 6);
  row.keep_if([](float v, token_id t) { return v > 1 && t != 3; });
  BOOST_TEST(!row.is_dense());
  BOOST_TEST((entries(row) == Entries{{0, 2.0f}, {2, 2.5f}}));
  row.for_each([](float& v, token_id) { v *= 2; });
  BOOST_TEST(row.token(1) == 2);
  BOOST_TEST(row.values()[1] == 5);
  BOOST_TEST(row.vocab() == 4);
  const auto dense = row.dense();
  BOOST_TEST(test::same({dense.begin(), dense.end()}, {4, -inf, 5, -inf}));
  BOOST_TEST(row.is_dense());
  BOOST_TEST(row.dense().data() == b.scores.data());
}

BOOST_AUTO_TEST_CASE(find_knows_what_is_left) {
  RowBuffers b(Scores(100, 1.0f));
  LogitsRow row = b.row();
  BOOST_TEST(row.find(99) == &b.scores[99]);
  for (token_id outside : {-1, 100, 1 << 30, -(1 << 30)}) BOOST_TEST(!row.find(outside));
  row.keep_if([](float, token_id t) { return t % 7 == 3; });
  for (token_id t = -2; t < 103; ++t) {
    const bool left = t >= 0 && t < 100 && t % 7 == 3;
    BOOST_REQUIRE((row.find(t) != nullptr) == left);
  }
  *row.find(10) = 5;
  BOOST_TEST(row.dense()[10] == 5);
  row.keep_if([](float, token_id) { return false; });
  BOOST_TEST(!row.find(10));
}

BOOST_AUTO_TEST_CASE(scratch_does_not_touch_the_scores) {
  RowBuffers b({1, 2, 3});
  LogitsRow row = b.row();
  const auto wipe = [&] {
    BOOST_REQUIRE(row.scratch().size() == 3u);
    for (float& v : row.scratch()) v = 77;
  };
  wipe();
  BOOST_TEST((entries(row) == Entries{{0, 1.0f}, {1, 2.0f}, {2, 3.0f}}));
  row.keep_at_least(2);
  wipe();
  BOOST_TEST((entries(row) == Entries{{1, 2.0f}, {2, 3.0f}}));
  const auto dense = row.dense();
  BOOST_TEST(test::same({dense.begin(), dense.end()}, {-inf, 2, 3}));
}

BOOST_AUTO_TEST_CASE(a_threshold_keeps_ties_unless_told_how_many) {
  RowBuffers b({1, 3, 2, 3, 3, 0});
  LogitsRow row = b.row();
  row.keep_at_least(-inf);
  BOOST_TEST(row.is_dense());
  row.keep_at_least(2);
  BOOST_TEST((entries(row) == Entries{{1, 3.0f}, {2, 2.0f}, {3, 3.0f}, {4, 3.0f}}));
  row.keep_at_least(3, 2);
  BOOST_TEST((entries(row) == Entries{{1, 3.0f}, {3, 3.0f}}));
  row.keep_at_least(3, 0);
  BOOST_TEST(row.size() == 0);
  row.keep_at_least(0);
  BOOST_TEST(row.size() == 0);
  BOOST_TEST(row.best() == skald::no_token);
}

BOOST_AUTO_TEST_CASE(a_nan_is_never_cut_and_never_best) {
  RowBuffers b({1, test::nan, 2, 0});
  LogitsRow row = b.row();
  BOOST_TEST(row.kth_best(1) == 2);
  BOOST_TEST(row.kth_best(3) == 0);
  BOOST_TEST(row.kth_best(4) == -inf);
  BOOST_TEST(row.best() == skald::no_token);
  row.keep_best(1);
  BOOST_REQUIRE(row.size() == 2);
  BOOST_TEST(row.token(0) == 1);
  BOOST_TEST(row.token(1) == 2);
  BOOST_TEST(row.best() == skald::no_token);
}

BOOST_AUTO_TEST_CASE(the_best_is_the_lowest_of_equals) {
  RowBuffers b({-inf, 1, 3, 3, 2});
  LogitsRow row = b.row();
  BOOST_TEST(row.best() == 2);
  row.keep_if([](float, token_id t) { return t != 2; });
  BOOST_TEST(row.best() == 3);
  RowBuffers none({-inf, -inf});
  BOOST_TEST(none.row().best() == skald::no_token);
  RowBuffers empty({});
  BOOST_TEST(empty.row().best() == skald::no_token);
  RowBuffers infinite({1, inf});
  BOOST_TEST(infinite.row().best() == 1);
}

BOOST_AUTO_TEST_CASE(ranks_as_sorting_finds_them) {
  std::mt19937 random(7);
  for (int kind = 0; kind < test::kinds; ++kind) {
    for (int n : {1, 2, 33, 300, 1500, 6000}) {
      const Scores s = test::random_scores(random, n, kind);
      const std::vector<int> order = test::ranking(s);
      for (int k : {1, 2, 50, 255, 256, n / 4, n / 2, n - 1, n}) {
        if (k < 1 || k > n) continue;
        for (const bool shortlisted : {false, true}) {
          RowBuffers b(s);
          LogitsRow row = b.row();
          if (shortlisted) row.keep_if([](float, token_id) { return true; });
          BOOST_REQUIRE(row.kth_best(k) == s[order[k - 1]]);
          BOOST_REQUIRE(row.best() == order[0]);
          row.keep_best(k);
          Scores expected(s.size(), -inf);
          for (int i = 0; i < k; ++i) expected[order[i]] = s[order[i]];
          const auto dense = row.dense();
          BOOST_REQUIRE(test::same({dense.begin(), dense.end()}, expected));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(ranks_outside_the_row) {
  RowBuffers b({1, 2, 3});
  LogitsRow row = b.row();
  BOOST_TEST(row.kth_best(4) == -inf);
  row.keep_best(4);
  BOOST_TEST(row.size() == 3);
  row.keep_best(0);
  BOOST_TEST(row.size() == 0);
  BOOST_TEST(row.kth_best(1) == -inf);
}

BOOST_AUTO_TEST_SUITE_END()
