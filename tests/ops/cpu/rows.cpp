#include "skald/ops/cpu/rows.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/row_cases.hpp"

using namespace skald;

BOOST_AUTO_TEST_SUITE(ops_cpu_rows)

BOOST_AUTO_TEST_CASE(norms) {
  auto q = test::cpu_queue();
  test::check_norm<CpuRows>(q);
}

BOOST_AUTO_TEST_CASE(activations) {
  auto q = test::cpu_queue();
  test::check_activations<CpuRows>(q);
}

BOOST_AUTO_TEST_CASE(sums) {
  auto q = test::cpu_queue();
  test::check_add<CpuRows>(q);
}

BOOST_AUTO_TEST_CASE(far_out_they_stay_numbers) {
  auto q = test::cpu_queue(1);
  for (Activation kind : test::all_activations) {
    float x[5] = {-1000, 1000, -90, 90, 0};
    CpuRows::activate<CpuRows>(q, Value<Activation>{kind}, test::Matrix(x, 1, 5));
    const double at[5] = {-1000, 1000, -90, 90, 0};
    for (int i = 0; i < 5; ++i) {
      const double expected = test::exact_activation(kind, at[i]).first;
      BOOST_TEST(std::abs(x[i] - expected) <= 1e-6 * std::abs(expected) + 1e-30, int(kind) << " of " << at[i]);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_row_once) {
  auto q = test::cpu_queue(3);
  for (index_t rows : {0, 1, 63, 64, 65, 1000})
    for (index_t cols : {0, 1, 256, 20000}) {
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(rows));
      CpuRows::for_rows(q, rows, cols, [&](index_t i) { ++seen[std::size_t(i)]; });
      BOOST_TEST(std::all_of(seen.begin(), seen.end(), [](const auto& n) { return n == 1; }));
    }
}

BOOST_AUTO_TEST_SUITE_END()
