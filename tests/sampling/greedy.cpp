#include "skald/sampling/greedy.hpp"

#include <boost/test/unit_test.hpp>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(sampling_greedy)

using skald::Greedy;
using test::inf;
using test::RowBuffers;

BOOST_AUTO_TEST_CASE(the_best_and_the_lowest_of_equals) {
  const auto choose = [](test::Scores s) {
    RowBuffers b(std::move(s));
    skald::LogitsRow row = b.row();
    return Greedy{}(row, {});
  };
  BOOST_TEST(choose({1, 4, 2, 4}) == 1);
  BOOST_TEST(choose(test::Scores(300, -7.0f)) == 0);
  BOOST_TEST(choose({-inf, -inf, -1e38f}) == 2);
  BOOST_TEST(choose({5}) == 0);
  BOOST_TEST(choose({-inf, -inf}) == skald::no_token);
  BOOST_TEST(choose({1, test::nan, 2}) == skald::no_token);
  BOOST_TEST(choose({}) == skald::no_token);
}

BOOST_AUTO_TEST_CASE(of_a_shortlist_the_token_not_the_place) {
  RowBuffers b({9, 1, 4, 4});
  skald::LogitsRow row = b.row();
  row.keep_if([](float, skald::token_id t) { return t > 0; });
  BOOST_TEST(Greedy{}(row, {}) == 2);
}

BOOST_AUTO_TEST_SUITE_END()
