#include "skald/precision/plan.hpp"

#include <boost/test/unit_test.hpp>

#include "support/matrices.hpp"

BOOST_AUTO_TEST_SUITE(precision_plan)

using namespace skald;
using support::Signs;

namespace {

template <class D, class LinearSet, class HeadSet, class TableSet, class Requested>
constexpr bool lifts_to() {
  using P = plan_of_t<D>;
  return std::is_same_v<typename P::linear, LinearSet> && std::is_same_v<typename P::head, HeadSet> &&
         std::is_same_v<typename P::table, TableSet> && std::is_same_v<typename P::requested, Requested>;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_dense_precision_is_that_precision_everywhere) {
  BOOST_TEST((lifts_to<fp32, OneOf<fp32>, OneOf<fp32>, OneOf<fp32>, fp32>()));
  BOOST_TEST((lifts_to<fp16, OneOf<fp16>, OneOf<fp16>, OneOf<fp16>, fp16>()));
  BOOST_TEST((lifts_to<bf16, OneOf<bf16>, OneOf<bf16>, OneOf<bf16>, bf16>()));
}

BOOST_AUTO_TEST_CASE(a_quantised_one_leaves_head_and_table_dense) {
  BOOST_TEST((lifts_to<nf4, OneOf<nf4, fp32, fp16, bf16>, AnyDense, AnyDense, nf4>()));
  BOOST_TEST((lifts_to<int8, OneOf<int8, fp32, fp16, bf16>, AnyDense, AnyDense, int8>()));
  BOOST_TEST((lifts_to<nf4_double, OneOf<nf4_double, fp32, fp16, bf16>, AnyDense, AnyDense, nf4_double>()));
  BOOST_TEST((lifts_to<Signs, OneOf<Signs, fp32, fp16, bf16>, AnyDense, AnyDense, Signs>()));
}

BOOST_AUTO_TEST_CASE(a_set_is_that_set_everywhere_and_nothing_is_converted) {
  using Set = OneOf<fp32, nf4>;
  BOOST_TEST((lifts_to<Set, Set, Set, Set, void>()));
  BOOST_TEST((lifts_to<AnyPrecision, AnyPrecision, AnyPrecision, AnyPrecision, void>()));
}

BOOST_AUTO_TEST_CASE(a_plan_stays_as_it_is_with_its_defaults) {
  using Linear = OneOf<nf4>;
  using Head = OneOf<fp32, bf16>;
  BOOST_TEST((lifts_to<Plan<Linear>, Linear, Linear, Linear, void>()));
  BOOST_TEST((lifts_to<Plan<Linear, Head>, Linear, Head, Head, void>()));
  BOOST_TEST((lifts_to<Plan<Linear, Head, Linear, nf4>, Linear, Head, Linear, nf4>()));
  BOOST_TEST(is_plan<Plan<Linear>>);
  BOOST_TEST(!is_plan<nf4>);
}

BOOST_AUTO_TEST_SUITE_END()
