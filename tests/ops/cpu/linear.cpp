#include "skald/ops/cpu/linear.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/linear_cases.hpp"

using namespace skald;

BOOST_AUTO_TEST_SUITE(ops_cpu_linear)

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

BOOST_AUTO_TEST_CASE(a_users_dot_is_found) {
  auto q = test::cpu_queue();
  test::check_own_dot<CpuLinear>(q);
}

BOOST_AUTO_TEST_SUITE_END()
