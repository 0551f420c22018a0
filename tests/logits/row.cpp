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

// Large rows go other ways: blocks of which the best are looked at, and a row that stays dense where much is left.
BOOST_AUTO_TEST_CASE(large_rows_are_cut_as_small_ones) {
  std::mt19937 random(12);
  for (int kind = 0; kind < test::kinds; ++kind) {
    for (const int n : {4095, 4096, 20000, 70000}) {
      const Scores s = test::random_scores(random, n, kind);
      const auto order = test::ranking(s);
      const auto check = [&](auto cut, auto stays) {
        RowBuffers b(s);
        LogitsRow row = b.row();
        cut(row);
        Scores expected(s);
        for (int i = 0; i < n; ++i) expected[i] = stays(i) ? s[i] : -inf;
        const auto dense = row.dense();
        BOOST_REQUIRE(test::same({dense.begin(), dense.end()}, expected));
      };
      for (const int k : {1, 20, 100, 3000, n - 1}) {
        const float kth = s[order[k - 1]];
        std::vector<bool> best(n, false);
        for (int i = 0; i < k; ++i) best[order[i]] = true;
        check([&](LogitsRow& r) { r.keep_best(k); }, [&](int i) { return bool(best[i]); });
        check([&](LogitsRow& r) { r.keep_best_with_ties(k); }, [&](int i) { return s[i] >= kth; });
        check([&](LogitsRow& r) { r.keep_at_least(kth); }, [&](int i) { return s[i] >= kth || kth == -inf; });
        check([&](LogitsRow& r) { r.keep_scores([kth](float v) { return v < kth; }); },
              [&](int i) { return s[i] < kth; });
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(much_of_a_large_row_stays_dense) {
  RowBuffers b(Scores(8192, 1.0f));
  for (int i = 0; i < 8192; i += 2) b.scores[i] = 0;
  LogitsRow row = b.row();
  row.keep_at_least(1, 5);
  BOOST_TEST(row.is_dense());
  std::vector<token_id> left;
  row.for_each([&](float v, token_id t) {
    if (v > -inf) left.push_back(t);
  });
  BOOST_TEST((left == std::vector<token_id>{1, 3, 5, 7, 9}));
  row.keep_at_least(0);
  BOOST_TEST(!row.is_dense());
  BOOST_TEST(row.size() == 5);
}

BOOST_AUTO_TEST_CASE(a_nan_of_a_large_row_stays) {
  RowBuffers b(Scores(20000, 1.0f));
  b.scores[777] = test::nan;
  b.scores[5] = 2;
  LogitsRow row = b.row();
  row.keep_best(1);
  BOOST_TEST(row.size() == 2);
  BOOST_TEST((row.token(0) == 5 && row.token(1) == 777));
}

BOOST_AUTO_TEST_CASE(tokens_are_banned_and_forced) {
  RowBuffers b({2, -1, 0.5f, 3});
  LogitsRow row = b.row();
  for (const token_id t : {1, 4, -1}) row.ban(t);
  BOOST_TEST((entries(row) == Entries{{0, 2.0f}, {1, -inf}, {2, 0.5f}, {3, 3.0f}}));
  row.keep_best(2);
  for (const token_id t : {1, 3}) row.ban(t);
  BOOST_TEST((entries(row) == Entries{{0, 2.0f}, {3, -inf}}));
  const std::vector<token_id> given{1, 3, 9};
  row.force(given);
  BOOST_TEST((entries(row) == Entries{{0, -inf}, {1, 0.0f}, {2, -inf}, {3, 0.0f}}));
}

BOOST_AUTO_TEST_CASE(a_list_of_tokens_is_kept) {
  const std::vector<token_id> wanted{70, 3, 3, 250, 100, -1, 300};
  RowBuffers b(Scores(256, 1.0f));
  LogitsRow row = b.row();
  row.keep_only(wanted);
  BOOST_TEST((entries(row) == Entries{{3, 1.0f}, {70, 1.0f}, {100, 1.0f}, {250, 1.0f}}));
  row.keep_only(std::vector<token_id>{250, 71, 3});
  BOOST_TEST((entries(row) == Entries{{3, 1.0f}, {250, 1.0f}}));
  row.keep_only(std::vector<token_id>());
  BOOST_TEST(row.size() == 0);
}

BOOST_AUTO_TEST_CASE(the_first_fault_stays) {
  RowBuffers b({2, -1});
  LogitsRow row = b.row();
  BOOST_TEST(!row.fault());
  row.fail(skald::fault(skald::FaultCode::out_of_range, "one", 2));
  row.fail(skald::fault(skald::FaultCode::numeric, "two"));
  BOOST_TEST((row.fault().code == skald::FaultCode::out_of_range && row.fault().index == 2));
}

BOOST_AUTO_TEST_CASE(lengths_and_parts_of_a_context) {
  const std::vector<token_id> ids{4, 5, 6};
  const skald::RowContext c{.ids = ids, .prompt_length = 2, .padding = 3};
  BOOST_TEST((c.length() == 6 && c.prompt_ids().size() == 2 && c.new_ids().size() == 1 && c.new_ids()[0] == 6));
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

BOOST_AUTO_TEST_CASE(keep_bits_keeps_what_its_bits_say) {
  std::mt19937 random(4);
  for (const int vocab : {1, 63, 64, 65, 200, 640}) {
    for (const unsigned density : {0u, 3u, 50u, 90u, 100u}) {
      const test::Scores scores = test::random_scores(random, vocab, 0);
      const std::size_t known = std::size_t(vocab) - std::size_t(vocab > 100 ? 30 : 0);  // the row is longer
      std::vector<std::uint64_t> bits((known + 63) / 64);
      std::int32_t ones = 0;
      test::Scores expected(scores.size(), -test::inf);
      for (std::size_t t = 0; t < known; ++t) {
        if (random() % 100 >= density) continue;
        bits[t / 64] |= std::uint64_t(1) << (t % 64);
        expected[t] = scores[t];
        ++ones;
      }
      for (const bool list : {false, true}) {
        test::RowBuffers buffers(scores);
        skald::LogitsRow row = buffers.row();
        if (list) row.keep_if([](float, skald::token_id) { return true; });
        row.keep_bits(bits, ones);
        BOOST_TEST(row.is_dense() == (!list && ones >= vocab / 8));
        const auto found = row.dense();
        BOOST_TEST(test::same(expected, {found.begin(), found.end()}));
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
