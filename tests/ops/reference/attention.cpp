#include "skald/ops/reference/attention.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/attention_cases.hpp"

BOOST_AUTO_TEST_SUITE(ops_reference_attention)

using namespace skald;
using K = ReferenceAttention;

BOOST_AUTO_TEST_CASE(by_the_definition) {
  auto q = test::reference_queue();
  test::check_attentions<K, float>(q);
  test::check_attentions<K, fp16_t>(q);
  test::check_attentions<K, bf16_t>(q);
  test::check_attentions<K, Int8Group>(q);
  BOOST_TEST(q.mark() == 0u);
}

BOOST_AUTO_TEST_CASE(storing) {
  auto q = test::reference_queue();
  test::check_store<K, float>(q);
  test::check_store<K, fp16_t>(q);
  test::check_store<K, bf16_t>(q);
  test::check_store<K, Int8Group>(q);
}

BOOST_AUTO_TEST_CASE(nobody_asks) {
  auto q = test::reference_queue();
  const test::Sequences<float> none({}, 8, 0);
  test::check_attention<K>(q, test::heads_of(2, 1, 8), none, 1, false);
  BOOST_TEST(q.peak() > 0u);
}

BOOST_AUTO_TEST_CASE(alibi_slopes) {
  for (int heads : {1, 2, 3, 4, 6, 8, 12, 16, 20, 32, 40, 71}) {
    const std::vector<double> expected = test::exact_alibi_slopes(heads);
    for (int h = 0; h < heads; ++h)
      BOOST_TEST(std::abs(alibi_slope(heads, h) - expected[std::size_t(h)]) <= 4e-7 * expected[std::size_t(h)]);
  }
  BOOST_TEST(alibi_slope(8, 0) == 0.5f);
  BOOST_TEST(alibi_slope(8, 7) == 0.00390625f);
}

BOOST_AUTO_TEST_CASE(ranges_of_keys) {
  const auto range = [](bool causal, int window, int p, int length) {
    AttentionSpec a;
    a.causal = causal;
    a.window = window;
    const KeyRange keys = visible_keys(a, p, length);
    return std::pair(keys.first, keys.last);
  };
  BOOST_TEST((range(true, 0, 5, 9) == std::pair(0, 6)));
  BOOST_TEST((range(true, 1, 5, 9) == std::pair(5, 6)));
  BOOST_TEST((range(true, 6, 5, 9) == std::pair(0, 6)));
  BOOST_TEST((range(true, 5, 5, 9) == std::pair(1, 6)));
  BOOST_TEST((range(false, 0, 5, 9) == std::pair(0, 9)));
  BOOST_TEST((range(false, 1, 5, 9) == std::pair(5, 6)));
  BOOST_TEST((range(false, 3, 5, 9) == std::pair(3, 8)));
  BOOST_TEST((range(false, 4, 5, 9) == std::pair(2, 9)));
  BOOST_TEST((range(false, INT32_MAX, 5, 9) == std::pair(0, 9)));
  BOOST_TEST((range(true, INT32_MAX, 5, 9) == std::pair(0, 6)));
}

BOOST_AUTO_TEST_SUITE_END()
