#include "skald/ops/cpu/attention.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/attention_cases.hpp"

BOOST_AUTO_TEST_SUITE(ops_cpu_attention)

using namespace skald;
using K = CpuAttention;

BOOST_AUTO_TEST_CASE(by_the_definition) {
  for (const InstructionSet level : test::levels) {
    auto q = test::cpu_queue(2, level);
    test::check_attentions<K, float>(q);
    test::check_attentions<K, fp16_t>(q);
    test::check_attentions<K, Int8Group>(q);
    const test::Sequences<Int8Group> wide({{3, 2}, {0, 9}}, 520, 5);  // wider than what is widened in tiles
    test::check_attention<K>(q, test::heads_of(2, 1, 520), wide, 0.05f, true);
    BOOST_TEST(q.mark() == 0u);
  }
}

BOOST_AUTO_TEST_CASE(storing) {
  auto q = test::cpu_queue();
  test::check_store<K, float>(q);
  test::check_store<K, bf16_t>(q);
}

BOOST_AUTO_TEST_CASE(nobody_asks) {
  auto q = test::cpu_queue();
  const test::Sequences<float> none({}, 8, 0);
  test::check_attention<K>(q, test::heads_of(2, 1, 8), none, 1, false);
  BOOST_TEST(q.peak() > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
