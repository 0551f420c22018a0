#include "skald/ops/reference/norm.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/row_cases.hpp"

BOOST_AUTO_TEST_SUITE(ops_reference_norm)

BOOST_AUTO_TEST_CASE(every_kind) {
  auto q = test::reference_queue();
  test::check_norm<skald::ReferenceNorm>(q);
}

BOOST_AUTO_TEST_CASE(a_row_by_hand) {
  auto q = test::reference_queue();
  float x[2] = {3, 4}, y[2], w[2] = {2, 1}, b[2] = {10, 20};
  const auto run = [&](skald::NormKind kind, const float* weight, const float* bias) {
    const skald::NormSpec spec{kind, bias != nullptr, 0};
    skald::ReferenceNorm::norm<skald::ReferenceNorm>(q, skald::Value<skald::NormSpec>{spec}, weight, bias, 1,
                                                     test::Matrix(x, 1, 2), test::Matrix(y, 1, 2));
    return std::vector<float>(y, y + 2);
  };
  const double root = std::sqrt(12.5);
  BOOST_TEST(test::near(run(skald::NormKind::rms, w, nullptr), {3 / root * 2, 4 / root}));
  BOOST_TEST(test::near(run(skald::NormKind::rms_plus_one, w, nullptr), {3 / root * 3, 4 / root * 2}));
  BOOST_TEST(test::near(run(skald::NormKind::layer, w, b), {8, 21}));
  BOOST_TEST(test::near(run(skald::NormKind::layer, w, nullptr), {-2, 1}));
  BOOST_TEST(test::near(run(skald::NormKind::layer_plain, nullptr, nullptr), {-1, 1}));
}

BOOST_AUTO_TEST_SUITE_END()
