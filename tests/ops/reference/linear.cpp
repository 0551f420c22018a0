#include "skald/ops/reference/linear.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/linear_cases.hpp"

BOOST_AUTO_TEST_SUITE(ops_reference_linear)

using namespace skald;
using test::Rows;

BOOST_AUTO_TEST_CASE(products_of_every_precision_and_view) {
  auto q = test::reference_queue();
  test::check_linear<ReferenceLinear>(q);
}

BOOST_AUTO_TEST_CASE(one_weight_out_of_many) {
  auto q = test::reference_queue();
  test::check_linear_selected<ReferenceLinear>(q);
}

BOOST_AUTO_TEST_CASE(products_in_bf16) {
  auto q = test::reference_queue();
  test::check_rounded<ReferenceLinear>(q);
}

BOOST_AUTO_TEST_CASE(a_users_dot_is_found) {
  auto q = test::reference_queue();
  test::check_own_dot<ReferenceLinear>(q);
}

BOOST_AUTO_TEST_CASE(rows_of_a_table) {
  auto q = test::reference_queue();
  const index_t rows = 9, dim = 130;  // more than two pieces of 64
  test::for_precisions([&](auto p) {
    using P = typename decltype(p)::type;
    const support::Encoded<P> matrix(support::numbers(rows * dim, 4), rows, dim);
    const std::vector<float> all = matrix.values();
    const auto row = [&](index_t r, index_t c) { return all[std::size_t(r * dim + c)]; };
    Weight<test::AllPrecisions> table;
    table.set<P>(matrix.parts());
    std::int32_t ids[4] = {6, 0, 3, 6};
    Rows y(4, dim, 1);
    ReferenceLinear::embed<ReferenceLinear>(q, table, ids, 2, 0.5f, false, y.view());
    for (index_t i = 0; i < 4; ++i)
      for (index_t c = 0; c < dim; ++c) BOOST_REQUIRE_EQUAL(y(i, c), 0.5f * row(ids[i] + 2, c));
    const std::vector<float> before = y.values();
    ReferenceLinear::embed<ReferenceLinear>(q, table, ids, 0, 2.0f, true, y.view());
    for (index_t i = 0; i < 4; ++i)
      for (index_t c = 0; c < dim; ++c) {
        const double expected = double(before[std::size_t(i * dim + c)]) + 2.0 * row(ids[i], c);
        BOOST_REQUIRE_LE(std::abs(y(i, c) - expected), 4 * test::half_unit * 3);
      }
    std::int32_t* nobody = nullptr;  // all of type 0
    ReferenceLinear::embed<ReferenceLinear>(q, table, nobody, 1, 1.0f, false, y.view());
    for (index_t i = 0; i < 4; ++i)
      for (index_t c = 0; c < dim; ++c) BOOST_REQUIRE_EQUAL(y(i, c), row(1, c));
    BOOST_TEST(y.gaps_untouched());
  });
}

BOOST_AUTO_TEST_SUITE_END()
