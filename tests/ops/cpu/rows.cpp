#include "skald/ops/cpu/rows.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/row_cases.hpp"

BOOST_AUTO_TEST_SUITE(ops_cpu_rows)

using namespace skald;

BOOST_AUTO_TEST_CASE(norms) {
  auto q = test::cpu_queue();
  test::check_norm<CpuRows>(q);
}

BOOST_AUTO_TEST_CASE(activations) {
  for (const InstructionSet level : test::levels) {
    auto q = test::cpu_queue(2, level);
    test::check_activations<CpuRows>(q);
  }
}

BOOST_AUTO_TEST_CASE(sums) {
  auto q = test::cpu_queue();
  test::check_add<CpuRows>(q);
}

BOOST_AUTO_TEST_CASE(far_out_they_stay_numbers) {
  for (const InstructionSet level : test::levels)
    for (Activation kind : test::all_activations) {
      auto q = test::cpu_queue(1, level);
      const double at[6] = {-1000, 1000, -90, 90, 0, 1e18};
      float x[6];
      std::copy_n(at, 6, x);
      CpuRows::activate<CpuRows>(q, Value<Activation>{kind}, test::Matrix(x, 1, 6));
      for (int i = 0; i < 6; ++i) {
        const double expected = test::exact_activation(kind, at[i]).first;
        BOOST_TEST(std::abs(x[i] - expected) <= 1e-6 * std::abs(expected) + 1e-30, int(kind) << " of " << at[i]);
      }
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_number_stays_none) {
  for (const InstructionSet level : test::levels)
    for (Activation kind : {Activation::silu, Activation::gelu_tanh, Activation::quick_gelu}) {
      auto q = test::cpu_queue(1, level);
      std::vector<float> x(19, std::nanf("")), up(19, 1.0f);
      x[3] = 1e25f;
      CpuRows::activate_gated<CpuRows>(q, Value<Activation>{kind}, test::Matrix(x.data(), 1, 19),
                                       test::Matrix(up.data(), 1, 19));
      for (std::size_t i = 0; i < x.size(); ++i)
        BOOST_TEST((i == 3 ? x[i] == 1e25f : std::isnan(x[i])), int(kind) << " at " << i);
    }
}

BOOST_AUTO_TEST_CASE(every_number_once) {
  auto q = test::cpu_queue(3);
  for (index_t rows : {0, 1, 5})
    for (index_t cols : {0, 1, 1023, 1024, 1025, 5000}) {
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(rows * cols));
      CpuRows::for_pieces(q, rows, cols, 1, [&](index_t i, index_t first, index_t n) {
        for (index_t c = first; c < first + n; ++c) ++seen[std::size_t(i * cols + c)];
      });
      BOOST_TEST(std::all_of(seen.begin(), seen.end(), [](const auto& n) { return n == 1; }));
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
