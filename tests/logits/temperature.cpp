#include "skald/logits/temperature.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "logits/test_row.hpp"
#include "skald/core/error.hpp"

BOOST_AUTO_TEST_SUITE(logits_temperature)

using skald::Temperature;
using test::Scores;

BOOST_AUTO_TEST_CASE(golden) {
  const Scores first = test::processed(Temperature{0.7f}, {2, -1, 0.5f, 3, 0, 1.5f, -2, 2.5f});
  const Scores second = test::processed(Temperature{0.7f}, {0.1f, 0.2f, 0.3f, 0.4f, -0.5f, -0.25f, 1, 5});
  const Scores expected_first{2.857143f, -1.428571f, 0.7142857f, 4.285714f, 0, 2.142857f, -2.857143f, 3.571429f};
  const Scores expected_second{0.1428571f,  0.2857143f,  0.4285715f, 0.5714286f,
                               -0.7142857f, -0.3571429f, 1.428571f,  7.142857f};
  BOOST_TEST(test::close(first, expected_first));
  BOOST_TEST(test::close(second, expected_second));
}

BOOST_AUTO_TEST_CASE(divides_exactly_and_leaves_what_is_removed) {
  const Scores s{0.1f, -test::inf, 7.3f};
  BOOST_TEST(test::same(test::processed(Temperature{0.3f}, s), {0.1f / 0.3f, -test::inf, 7.3f / 0.3f}));
  BOOST_TEST(test::same(test::processed(Temperature{}, s), s));
}

BOOST_AUTO_TEST_CASE(has_to_be_positive_and_finite) {
  BOOST_TEST(!Temperature{0.01f}.check());
  for (float bad : {0.0f, -0.0f, -1.0f, test::inf, test::nan}) {
    const skald::Fault f = Temperature{bad}.check();
    BOOST_TEST((f.code == skald::FaultCode::invalid_argument));
    BOOST_TEST(skald::Error(f).message() == "temperature has to be a strictly positive, finite number; for greedy "
                                            "decoding set do_sample to false");
  }
}

BOOST_AUTO_TEST_SUITE_END()
