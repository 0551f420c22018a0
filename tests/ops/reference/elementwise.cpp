#include "skald/ops/reference/elementwise.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/row_cases.hpp"

BOOST_AUTO_TEST_SUITE(ops_reference_elementwise)

using skald::ReferenceElementwise;
using test::index_t;
using test::Rows;
using K = ReferenceElementwise;

BOOST_AUTO_TEST_CASE(sums) {
  auto q = test::reference_queue();
  test::check_add<K>(q);
}

BOOST_AUTO_TEST_CASE(copies_and_picked_rows) {
  auto q = test::reference_queue();
  Rows x(5, 17, 1), y(5, 17, 2), z(4, 17, 3);
  K::copy<K>(q, x.view(), y.view());
  BOOST_TEST(y.values() == x.values());
  std::int32_t rows[4] = {4, 0, 4, 2};
  K::gather<K>(q, x.view(), rows, z.view());
  for (index_t i = 0; i < 4; ++i)
    for (index_t c = 0; c < 17; ++c) BOOST_TEST(z(i, c) == x(rows[i], c));
  BOOST_TEST((x.gaps_untouched() && y.gaps_untouched() && z.gaps_untouched()));
}

BOOST_AUTO_TEST_CASE(limits) {
  auto q = test::reference_queue();
  float x[6] = {-9, -2, -1.5f, 0, 2, 7};
  K::clamp<K>(q, 2.0f, test::Matrix(x, 2, 3));
  BOOST_TEST(std::vector<float>(x, x + 6) == (std::vector<float>{-2, -2, -1.5f, 0, 2, 2}));
}

BOOST_AUTO_TEST_CASE(logits) {
  auto q = test::reference_queue();
  const auto run = [&](float scale, float cap) {
    float x[3] = {-40, 1, 8};
    skald::ModelSpec spec;
    spec.logit_scale = scale;
    spec.logit_softcap = cap;
    K::scale_logits<K>(q, skald::Ref<skald::ModelSpec>{&spec}, test::Matrix(x, 1, 3));
    return std::vector<float>(x, x + 3);
  };
  BOOST_TEST(run(1, 0) == (std::vector<float>{-40, 1, 8}));
  BOOST_TEST(run(0.25f, 0) == (std::vector<float>{-10, 0.25f, 2}));
  BOOST_TEST(test::near(run(1, 30), {-26.1018498523, 0.9996297942, 7.8156133751}));
  BOOST_TEST(test::near(run(0.5f, 5), {-4.9966464987, 0.4983399731, 3.3201838513}));
}

BOOST_AUTO_TEST_CASE(a_switched_addition) {
  auto q = test::reference_queue();
  const Rows before(3, 17, 1);
  Rows x(3, 17, 2), gate(3, 1, 3, -4, 4), y = before;
  K::add_switched<K>(q, x.view(), gate.view(), y.view());
  for (index_t i = 0; i < 3; ++i)
    for (index_t c = 0; c < 17; ++c) {
      const double expected = before(i, c) + x(i, c) / (1 + std::exp(-double(gate(i, 0))));
      BOOST_TEST(std::abs(y(i, c) - expected) <= 6 * test::half_unit * 2);
    }
  BOOST_TEST(y.gaps_untouched());
}

BOOST_AUTO_TEST_SUITE_END()
