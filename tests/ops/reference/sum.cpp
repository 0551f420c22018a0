#include "skald/ops/reference/sum.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

BOOST_AUTO_TEST_SUITE(ops_reference_sum)

using namespace skald;

BOOST_AUTO_TEST_CASE(every_term_once) {
  for (index_t n : {0, 1, 2, 63, 64, 65, 127, 128, 129, 1000})
    BOOST_TEST(chunked_sum(n, [](index_t i) { return float(i); }) == float(n * (n - 1) / 2));
}

BOOST_AUTO_TEST_CASE(the_error_grows_with_chunks_not_with_terms) {
  const index_t n = 64 * 300;
  const float sum = chunked_sum(n, [](index_t) { return 0.1f; });
  const double exact = double(n) * double(0.1f);
  BOOST_TEST(std::abs(sum - exact) <= 0x1p-24 * (64 + 300) * exact);
}

BOOST_AUTO_TEST_SUITE_END()
