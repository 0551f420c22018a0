#include "skald/core/random.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>

BOOST_AUTO_TEST_SUITE(core_random)

// The known-answer vectors published with the generator (Random123, kat_vectors).
BOOST_AUTO_TEST_CASE(philox_known_answers) {
  using Counter = std::array<std::uint32_t, 4>;
  BOOST_TEST((skald::philox4x32({0, 0, 0, 0}, {0, 0}) == Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t f = 0xffffffff;
  BOOST_TEST((skald::philox4x32({f, f, f, f}, {f, f}) == Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

BOOST_AUTO_TEST_CASE(a_key_names_one_number) {
  const skald::RandomKey key{42, 3, 7};
  BOOST_TEST(skald::random_bits(key) == skald::random_bits(key));
  BOOST_TEST(skald::random_bits(key) != skald::random_bits({42, 3, 8}));
  BOOST_TEST(skald::random_bits(key) != skald::random_bits({42, 4, 7}));
  BOOST_TEST(skald::random_bits(key) != skald::random_bits({43, 3, 7}));
  BOOST_TEST(skald::random_bits(key) != skald::random_bits({42ull << 32, 3, 7}));
  BOOST_TEST(skald::random_bits(key, 0) != skald::random_bits(key, 1));
  BOOST_TEST(skald::random_bits(key, 3) != skald::random_bits(key, 4));
}

BOOST_AUTO_TEST_CASE(uniform_covers_the_half_open_interval_evenly) {
  double sum = 0;
  int low = 0;
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    const float u = skald::random_uniform({7, 0, std::uint32_t(i)});
    BOOST_REQUIRE(u >= 0.0f);
    BOOST_REQUIRE(u < 1.0f);
    sum += u;
    low += u < 0.25f;
  }
  BOOST_TEST(sum / n == 0.5, boost::test_tools::tolerance(0.01));
  BOOST_TEST(low / double(n) == 0.25, boost::test_tools::tolerance(0.05));
}

BOOST_AUTO_TEST_SUITE_END()
