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

BOOST_AUTO_TEST_CASE(no_inputs_give_zeros) {
  const float none = 0;
  Weight<OneOf<fp32>> weight;
  weight.set<fp32>({reinterpret_cast<const std::byte*>(&none), 0, 1, {}});
  for (const InstructionSet level : {InstructionSet::portable, InstructionSet::avx2, InstructionSet::avx512}) {
    CpuQueue q = Cpu{.threads = 1, .instruction_set = level}.queue();
    for (const index_t rows : {1, 3}) {
      std::vector<float> x(1), y(std::size_t(rows) * 5, 7.0f);
      CpuLinear::linear<CpuLinear>(q, test::Matrix(x.data(), rows, 0),
                                   Product{&weight, nullptr, test::Matrix(y.data(), rows, 5)});
      BOOST_TEST(y == std::vector<float>(y.size(), 0.0f), boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_row_has_the_same_bits_in_a_batch_alone_and_on_any_threads) {
  // Where strip kernels are; large enough for threads. Two products that are packed the same way, one that is not.
  if (name(CpuFeatures::detect()) == std::string("portable")) return;
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

BOOST_AUTO_TEST_CASE(products_of_what_is_rounded) {
  for (const InstructionSet level : test::levels) {
    auto q = test::cpu_queue(2, level);
    test::check_rounded<CpuLinear>(q);
  }
}

BOOST_AUTO_TEST_CASE(exact_and_rounded_products_of_one_x) {
  // Packed three ways, of x as it is and rounded twice: the first is packed, the others are decoded or take x.
  const index_t in = 128, out = 40;
  const support::Encoded<nf4> four(support::numbers(in * out, 1), out, in);
  const support::Encoded<bf16> half(support::numbers(in * out, 2), out, in);
  FourBitParts rounding = four.parts(), in_bytes = four.parts();
  rounding.compute = ComputeType::bf16;
  in_bytes.compute = ComputeType::int8;
  DenseParts half_rounding = half.parts();
  half_rounding.compute = ComputeType::bf16;
  Weight<OneOf<nf4>> a, b, e;
  Weight<OneOf<bf16>> c, d;
  a.set<nf4>(four.parts());
  b.set<nf4>(rounding);
  e.set<nf4>(in_bytes);
  c.set<bf16>(half_rounding);
  d.set<bf16>(half.parts());
  const auto both = [&](InstructionSet level, index_t rows, bool together) {
    auto q = test::cpu_queue(1, level);
    test::Rows x(rows, in, 5), y[5] = {test::Rows(rows, out), test::Rows(rows, out), test::Rows(rows, out),
                                       test::Rows(rows, out), test::Rows(rows, out)};
    const Product pa{&a, nullptr, y[0].view()}, pb{&b, nullptr, y[1].view()};
    const Product pc{&c, nullptr, y[2].view()}, pd{&d, nullptr, y[3].view()};
    const Product pe{&e, nullptr, y[4].view()};
    if (together) {
      CpuLinear::linear<CpuLinear>(q, x.view(), pa, pb, pc, pd, pe);
    } else {
      CpuLinear::linear<CpuLinear>(q, x.view(), pa);
      CpuLinear::linear<CpuLinear>(q, x.view(), pb);
      CpuLinear::linear<CpuLinear>(q, x.view(), pc);
      CpuLinear::linear<CpuLinear>(q, x.view(), pd);
      CpuLinear::linear<CpuLinear>(q, x.view(), pe);
    }
    std::vector<float> all;
    for (const test::Rows& each : y)
      for (const float v : each.values()) all.push_back(v);
    return all;
  };
  for (const InstructionSet level : test::levels)
    for (const index_t rows : {1, 5, 12}) {
      const std::vector<float> alone = both(level, rows, false), together = both(level, rows, true);
      for (std::size_t i = 0; i < alone.size(); ++i)
        BOOST_REQUIRE_SMALL(together[i] - alone[i], 2e-5f);  // another order, not another number: that is 1e-2 off
    }
}

BOOST_AUTO_TEST_CASE(llm_int8_has_the_bits_of_its_plain_twin) {
  for (const auto& [in, out] : {std::pair<index_t, index_t>{7, 3}, {64, 65}, {1000, 130}, {4100, 70}})
    for (const float threshold : {0.0f, 0.9f, 6.0f}) {
      const support::Encoded<int8> a(support::numbers(in * out, 1), out, in), b(support::numbers(in * 9, 2), 9, in);
      Weight<OneOf<int8>> first, second;
      Int8Parts parts = a.parts(), other = b.parts();
      parts.llm_int8_threshold = other.llm_int8_threshold = threshold;
      first.set<int8>(parts);
      second.set<int8>(other);
      const std::vector<float> bias = support::numbers(out, 4);
      for (const index_t rows : {1, 2, 3, 4, 5, 8, 9, 20}) {
        const auto run = [&](auto& q, auto kernels) {
          using K = decltype(kernels);
          test::Rows x(rows, in, 5), y(rows, out), z(rows, 9);
          K::template linear<K>(q, x.view(), Product{&first, bias.data(), y.view()},
                                Product{&second, nullptr, z.view()});
          std::vector<float> all = y.values();
          for (const float v : z.values()) all.push_back(v);
          return all;
        };
        auto plain = test::reference_queue();
        const std::vector<float> wanted = run(plain, ReferenceLinear{});
        for (const InstructionSet level : test::levels) {
          auto q = test::cpu_queue(2, level);
          BOOST_REQUIRE(test::same_bits(run(q, CpuLinear{}), wanted));
        }
      }
    }
}

BOOST_AUTO_TEST_CASE(a_users_dot_is_found) {
  auto q = test::cpu_queue();
  test::check_own_dot<CpuLinear>(q);
}

BOOST_AUTO_TEST_SUITE_END()
