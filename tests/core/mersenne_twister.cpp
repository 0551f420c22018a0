#include "skald/core/mersenne_twister.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <vector>

BOOST_AUTO_TEST_SUITE(core_mersenne_twister)

using skald::MersenneTwister;

BOOST_AUTO_TEST_CASE(the_numbers_of_the_standard) {
  for (const std::uint32_t seed : {0u, 1u, 5489u, 0xffffffffu}) {
    MersenneTwister ours(seed);
    std::mt19937 theirs(seed);
    for (int i = 0; i < 2000; ++i) BOOST_REQUIRE(ours() == theirs());
  }
  MersenneTwister random;  // what the standard promises of the ten thousandth
  random.discard(9999);
  BOOST_TEST(random() == 4123659995u);
}

BOOST_AUTO_TEST_CASE(numbers_passed_over) {
  for (const std::uint64_t n : {0u, 1u, 623u, 624u, 625u, 1248u, 5000u}) {
    MersenneTwister ours(7);
    std::mt19937 theirs(7);
    ours(), theirs();
    ours.discard(n);
    theirs.discard(n);
    for (int i = 0; i < 700; ++i) BOOST_REQUIRE(ours() == theirs());
  }
}

BOOST_AUTO_TEST_CASE(permutations_of_torch) {
  std::vector<int> order{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  MersenneTwister random(0);
  skald::random_permutation(random, 10, 10, [&](std::uint32_t i, std::uint32_t j) { std::swap(order[i], order[j]); });
  BOOST_TEST(order == (std::vector<int>{4, 1, 7, 5, 3, 9, 0, 8, 6, 2}), boost::test_tools::per_element());
  std::vector<int> part{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  random = MersenneTwister(0);
  skald::random_permutation(random, 10, 3, [&](std::uint32_t i, std::uint32_t j) { std::swap(part[i], part[j]); });
  BOOST_TEST((part[0] == 4 && part[1] == 1 && part[2] == 7));
}

BOOST_AUTO_TEST_CASE(is_a_value) {
  static_assert(MersenneTwister(3)() == MersenneTwister(3)());
  MersenneTwister a(5), b = a;
  a();
  BOOST_TEST(!(a == b));
  b();
  BOOST_TEST((a == b));
}

BOOST_AUTO_TEST_SUITE_END()
