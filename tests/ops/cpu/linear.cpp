#include "skald/ops/cpu/linear.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/linear_cases.hpp"

BOOST_AUTO_TEST_SUITE(ops_cpu_linear)

using namespace skald;

BOOST_AUTO_TEST_CASE(products_of_every_precision_and_view) {
  for (const InstructionSet level : test::levels) {
    auto q = test::cpu_queue(2, level);
    test::check_linear<CpuLinear>(q);
  }
}

BOOST_AUTO_TEST_CASE(one_weight_out_of_many) {
  auto q = test::cpu_queue();
  test::check_linear_selected<CpuLinear>(q);
}

BOOST_AUTO_TEST_CASE(at_levels_below_the_best) {
  for (const InstructionSet level : {InstructionSet::portable, InstructionSet::avx2}) {
    CpuQueue q = Cpu{.threads = 2, .instruction_set = level}.queue();
    BOOST_REQUIRE(!q.reserve(1 << 20));
    test::check_linear<CpuLinear>(q);
    test::check_linear_selected<CpuLinear>(q);
  }
}

BOOST_AUTO_TEST_CASE(a_row_has_the_same_bits_in_a_batch_alone_and_on_any_threads) {
  // Where strip kernels are; large enough for threads. Two products that are packed the same way, one that is not.
  if (!CpuFeatures::detect().avx2) return;
  const index_t in = 576, out = 331;
  const support::Encoded<nf4> a(support::numbers(in * out, 1), out, in), b(support::numbers(in * out, 2), out, in);
  const support::Encoded<bf16> c(support::numbers(in * out, 3), out, in);
  Weight<OneOf<nf4>> first, second;
  Weight<OneOf<bf16>> third;
  first.set<nf4>(a.parts());
  second.set<nf4>(b.parts());
  third.set<bf16>(c.parts());
  const std::vector<float> bias = support::numbers(out, 4);
  test::Rows x(CpuLinear::strip_rows, in, 5);
  const auto run = [&](int threads, InstructionSet level, index_t from, index_t rows) {
    CpuQueue q = Cpu{.threads = threads, .instruction_set = level}.queue();
    std::vector<float> all;
    test::Rows y1(rows, out), y2(rows, out), y3(rows, out);
    CpuLinear::linear<CpuLinear>(q, test::Matrix(x.view().row(from), rows, in, x.view().stride),
                                 Product{&first, bias.data(), y1.view()}, Product{&third, nullptr, y3.view()},
                                 Product{&second, nullptr, y2.view()});
    for (index_t i = 0; i < rows; ++i)
      for (const test::Rows* y : {&y1, &y2, &y3})
        for (index_t o = 0; o < out; ++o) all.push_back((*y)(i, o));
    return all;
  };
  for (const InstructionSet level : {InstructionSet::avx2, InstructionSet::avx512}) {
    const std::vector<float> all = run(1, level, 0, CpuLinear::strip_rows);
    BOOST_TEST(test::same_bits(run(3, level, 0, CpuLinear::strip_rows), all));
    for (index_t i = 0; i < CpuLinear::strip_rows; ++i) {
      const std::vector<float> alone(all.begin() + i * 3 * out, all.begin() + (i + 1) * 3 * out);
      BOOST_TEST(test::same_bits(run(2, level, i, 1), alone));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_users_dot_is_found) {
  auto q = test::cpu_queue();
  test::check_own_dot<CpuLinear>(q);
}

BOOST_AUTO_TEST_SUITE_END()
