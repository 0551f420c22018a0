// Against libm in double, over the whole range.
#include "skald/core/math.hpp"

#include <boost/test/unit_test.hpp>

#include <bit>
#include <cmath>
#include <limits>

BOOST_AUTO_TEST_SUITE(core_math)

using namespace skald;

namespace {

constexpr float infinite = std::numeric_limits<float>::infinity();

/// The worst of f over floats between two, some hundred thousand of them, and at the two.
template <class F>
double worst(float from, float to, F&& f) {
  double most = 0;
  const int steps = 200003;
  for (int i = 0; i <= steps; ++i) {
    const auto x = float(double(from) + (double(to) - double(from)) * i / steps);
    const double error = f(x);
    most = error > most || error != error ? error : most;
  }
  return most;
}
/// The same over floats of all exponents.
template <class F>
double worst_of_bits(std::uint32_t from, std::uint32_t to, F&& f) {
  double most = 0;
  for (std::uint64_t bits = from; bits <= to; bits += 9973) {
    const double error = f(std::bit_cast<float>(std::uint32_t(bits)));
    most = error > most || error != error ? error : most;
  }
  return most;
}
double relative(float found, double expected) {
  return std::abs(double(found) - expected) / std::abs(expected);
}
double absolute(float found, double expected) { return std::abs(double(found) - expected); }

}  // namespace

BOOST_AUTO_TEST_CASE(exponentials_and_logarithms) {
  const auto exp = [](float x) { return relative(PortableMath::exp(x), std::exp(double(x))); };
  BOOST_TEST(worst(-87.0f, 87.0f, exp) < 3e-7);
  BOOST_TEST(worst(-1.0f, 1.0f, exp) < 3e-7);
  BOOST_TEST(PortableMath::exp(0) == 1.0f);
  BOOST_TEST(PortableMath::exp(-100) == 0.0f);
  BOOST_TEST(PortableMath::exp(-infinite) == 0.0f);
  BOOST_TEST(PortableMath::exp(100) == infinite);
  const auto log = [](float x) {
    const double right = std::log(double(x));
    return std::max(0.0, absolute(PortableMath::log(x), right) - std::abs(right) * 0x1p-23);
  };
  BOOST_TEST(worst_of_bits(0x00800000, 0x7f7fffff, log) < 2e-9);
  BOOST_TEST(worst(0.5f, 2.0f, log) < 2e-9);
  BOOST_TEST(PortableMath::log(1) == 0.0f);
  BOOST_TEST(PortableMath::log(0) == -infinite);
  BOOST_TEST(PortableMath::log(infinite) == infinite);
  BOOST_TEST(std::isnan(PortableMath::log(-1)));
}

BOOST_AUTO_TEST_CASE(powers) {
  for (const float base : {10000.0f, 500000.0f, 1e6f, 2.0f, 0.5f, 1.25e-3f, 3.0f})
    BOOST_TEST(worst(-2.0f, 2.0f, [&](float y) {
                 return relative(PortableMath::pow(base, y), std::pow(double(base), double(y)));
               }) < 1.3e-7, base);
  BOOST_TEST(worst_of_bits(0x00800000, 0x7f7fffff, [](float x) {
               return relative(PortableMath::pow(x, -0.75f), std::pow(double(x), -0.75));
             }) < 1.3e-7);
  BOOST_TEST(PortableMath::pow(2, 10) == 1024.0f);
  BOOST_TEST(PortableMath::pow(2, -0.5f) == float(std::sqrt(0.5)));
  BOOST_TEST(PortableMath::pow(3, 0) == 1.0f);
  BOOST_TEST(PortableMath::pow(0, 2) == 0.0f);
  BOOST_TEST(PortableMath::pow(3, 1e9f) == infinite);
  BOOST_TEST(PortableMath::pow(3, -1e30f) == 0.0f);
  BOOST_TEST(PortableMath::pow(1, 1e30f) == 1.0f);
  BOOST_TEST(PortableMath::pow(7, 1e-38f) == 1.0f);
  BOOST_TEST(std::isnan(PortableMath::pow(-2, 2)));
}

BOOST_AUTO_TEST_CASE(sines_and_cosines) {
  const auto sin = [](float x) { return absolute(PortableMath::sin(x), std::sin(double(x))); };
  const auto cos = [](float x) { return absolute(PortableMath::cos(x), std::cos(double(x))); };
  for (const float to : {1.0f, 10.0f, 300.0f, 131072.0f, 1e9f}) {
    BOOST_TEST(worst(-to, to, sin) < 2e-7, to);
    BOOST_TEST(worst(-to, to, cos) < 2e-7, to);
  }
  BOOST_TEST(worst_of_bits(0, 0x7f7fffff, sin) < 2e-7);
  BOOST_TEST(worst_of_bits(0x80000000, 0xff7fffff, cos) < 2e-7);
  BOOST_TEST(PortableMath::sin(0) == 0.0f);
  BOOST_TEST(PortableMath::cos(0) == 1.0f);
  BOOST_TEST(PortableMath::sin(1e-30f) == 1e-30f);
  BOOST_TEST(std::isnan(PortableMath::cos(infinite)));
  BOOST_TEST(std::isnan(PortableMath::sin(-infinite)));
}

BOOST_AUTO_TEST_CASE(activations) {
  const auto tanh = [](float x) { return x == 0 ? 0.0 : relative(PortableMath::tanh(x), std::tanh(double(x))); };
  BOOST_TEST(worst(-10.0f, 10.0f, tanh) < 3e-7);
  BOOST_TEST(worst(-1.0f, 1.0f, tanh) < 3e-7);
  BOOST_TEST(PortableMath::tanh(-infinite) == -1.0f);
  BOOST_TEST(worst(-6.0f, 6.0f, [](float x) { return absolute(PortableMath::erf(x), std::erf(double(x))); }) < 2e-7);
  BOOST_TEST(worst(-1.0f, 1.0f, [](float x) {
               return x == 0 ? 0.0 : relative(PortableMath::erf(x), std::erf(double(x)));
             }) < 3e-7);
  BOOST_TEST(PortableMath::erf(infinite) == 1.0f);
  const auto sigmoid = [](float x) { return relative(PortableMath::sigmoid(x), 1 / (1 + std::exp(-double(x)))); };
  BOOST_TEST(worst(-87.0f, 87.0f, sigmoid) < 3e-7);
  BOOST_TEST(worst(-1.0f, 1.0f, sigmoid) < 3e-7);
  BOOST_TEST(PortableMath::sigmoid(infinite) == 1.0f);
  BOOST_TEST(PortableMath::sigmoid(-infinite) == 0.0f);
  for (const auto f : {PortableMath::exp, PortableMath::log, PortableMath::sin, PortableMath::cos, PortableMath::tanh,
                       PortableMath::erf, PortableMath::sqrt})
    BOOST_TEST(std::isnan(f(std::numeric_limits<float>::quiet_NaN())));
}

BOOST_AUTO_TEST_CASE(roots_are_rounded_correctly) {
  const auto wrong = [](float x) { return PortableMath::sqrt(x) == std::sqrt(x) ? 0.0 : 1.0; };
  BOOST_TEST(worst_of_bits(0x00800000, 0x7f7fffff, wrong) == 0.0);
  BOOST_TEST(worst(0.9999f, 1.0001f, wrong) == 0.0);
  BOOST_TEST(worst(3.999f, 4.001f, wrong) == 0.0);
  BOOST_TEST(PortableMath::sqrt(0) == 0.0f);
  BOOST_TEST(PortableMath::sqrt(infinite) == infinite);
  BOOST_TEST(std::isnan(PortableMath::sqrt(-1)));
}

BOOST_AUTO_TEST_SUITE_END()
