#include "skald/logits/renormalize_logits.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_renormalize_logits)

using skald::RenormalizeLogits;
using test::inf;
using test::Scores;


BOOST_AUTO_TEST_CASE(golden) {
  BOOST_TEST(test::close(test::processed(RenormalizeLogits{}, test::first),
                         {-1.856314f, -4.856314f, -3.356314f, -0.8563139f, -3.856314f, -2.356314f, -5.856314f,
                          -1.356314f}));
  const Scores expected{-4.960599f, -4.8606f,   -4.760599f, -4.660599f,
                        -5.560599f, -5.310599f, -4.060599f, -0.06059949f};
  const Scores found = test::processed(RenormalizeLogits{}, test::second);
  for (std::size_t i = 0; i < found.size(); ++i) BOOST_TEST(std::abs(found[i] - expected[i]) < 1.5e-6f);
}

BOOST_AUTO_TEST_CASE(over_what_is_left) {
  const auto rule = skald::chain([](skald::LogitsRow& row, const skald::RowContext&) { row.keep_best(2); },
                                 RenormalizeLogits{});
  BOOST_TEST(test::close(test::processed(rule, {5, 1, 5}), {-0.6931472f, -inf, -0.6931472f}));
  BOOST_TEST(test::close(test::processed(RenormalizeLogits{}, {5, -inf, 5}), {-0.6931472f, -inf, -0.6931472f}));
}

BOOST_AUTO_TEST_CASE(rows_without_mass_stay) {
  BOOST_TEST(test::same(test::processed(RenormalizeLogits{}, {-inf, -inf}), {-inf, -inf}));
  BOOST_TEST(test::same(test::processed(RenormalizeLogits{}, {test::nan, 1}), {test::nan, 1}));
  BOOST_TEST(test::same(test::processed(RenormalizeLogits{}, {inf, 1}), {inf, 1}));
  BOOST_TEST(test::same(test::processed(RenormalizeLogits{}, Scores{}), Scores{}));
}

BOOST_AUTO_TEST_SUITE_END()
