#include "skald/ops/cpu/simd.hpp"

#include <boost/test/unit_test.hpp>

#include <numeric>

#include "ops/test_ops.hpp"

BOOST_AUTO_TEST_SUITE(ops_cpu_simd)

using namespace skald;
using simd::Floats;

BOOST_AUTO_TEST_CASE(every_number_once_whatever_the_length) {
  for (index_t n = 0; n <= 150; ++n) {
    std::vector<float> x(std::size_t(n) + 1, 1e9f);  // one more, not to be read
    std::iota(x.begin(), x.end() - 1, 1.0f);
    const float sum = simd::reduce(n, [](Floats acc, Floats v) { return acc + v; }, x.data());
    BOOST_TEST(sum == float(n * (n + 1) / 2));
    BOOST_TEST(simd::dot(x.data(), x.data(), n) == float(n * (n + 1) * (2 * n + 1) / 6));
    std::vector<float> y(x.size(), -7);
    simd::transform(n, y.data(), [](Floats v) { return v + Floats(0.5f); }, x.data());
    for (index_t i = 0; i < n; ++i) BOOST_REQUIRE_EQUAL(y[std::size_t(i)], float(i) + 1.5f);
    BOOST_TEST(y.back() == -7);
    simd::axpy(n, 2, x.data(), y.data());
    for (index_t i = 0; i < n; ++i) BOOST_REQUIRE_EQUAL(y[std::size_t(i)], 3 * float(i) + 3.5f);
    BOOST_TEST(y.back() == -7);
  }
}

BOOST_AUTO_TEST_CASE(in_place_and_with_two_sources) {
  for (index_t n : {1, 7, 16, 33}) {
    std::vector<float> x = support::numbers(n, 1), before = x;
    const std::vector<float> y = support::numbers(n, 2);
    simd::transform(n, x.data(), [](Floats a, Floats b) { return a - b; }, x.data(), y.data());
    for (std::size_t i = 0; i < x.size(); ++i) BOOST_TEST(x[i] == before[i] - y[i]);
  }
}

BOOST_AUTO_TEST_CASE(a_register) {
  alignas(64) float values[64];
  std::iota(values, values + 64, 1.0f);
  BOOST_TEST(simd::sum(simd::load(values + 1)) == float(simd::width * (simd::width + 3) / 2));
  float back[65] = {};
  simd::store(back + 1, simd::load(values + 2));
  BOOST_TEST(back[0] == 0);
  BOOST_TEST(back[1] == 3);
  BOOST_TEST(back[simd::width] == float(simd::width + 2));
  BOOST_TEST(back[simd::width + 1] == 0);
}

BOOST_AUTO_TEST_SUITE_END()
