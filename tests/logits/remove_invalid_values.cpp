#include "skald/logits/remove_invalid_values.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_remove_invalid_values)

using skald::RemoveInvalidValues;
using test::inf;
using test::Scores;


BOOST_AUTO_TEST_CASE(golden) {
  Scores s = test::first;
  s[2] = test::nan, s[3] = inf;
  BOOST_TEST(test::same(test::processed(RemoveInvalidValues{}, s), {2, -1, 0, 3.402823466e38f, 0, 1.5f, -2, 2.5f}));
  BOOST_TEST(test::same(test::processed(RemoveInvalidValues{}, {-inf, 1}), {-3.402823466e38f, 1}));
}

BOOST_AUTO_TEST_CASE(what_was_cut_comes_back_at_the_bottom) {
  const auto rule = skald::chain([](skald::LogitsRow& row, const skald::RowContext&) { row.keep_best(1); },
                                 RemoveInvalidValues{});
  BOOST_TEST(test::same(test::processed(rule, {1, 2}), {-3.402823466e38f, 2}));
}

BOOST_AUTO_TEST_SUITE_END()
