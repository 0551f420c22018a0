#include "skald/ops/reference/activation.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/row_cases.hpp"

BOOST_AUTO_TEST_SUITE(ops_reference_activation)

using skald::Activation;

BOOST_AUTO_TEST_CASE(known_values) {
  const float at[7] = {-3, -1, -0.5f, 0, 0.5f, 1, 3};
  const struct {
    Activation kind;
    double values[7];
  } known[] = {
      {Activation::gelu, {-0.0040498674, -0.15865529, -0.15426879, 0, 0.3457312, 0.84134471, 2.9959502}},
      {Activation::gelu_tanh, {-0.0036374331, -0.15880799, -0.154286, 0, 0.345714, 0.84119201, 2.9963627}},
      {Activation::gelu_fast, {-0.0036374331, -0.15880799, -0.154286, 0, 0.345714, 0.84119201, 2.9963627}},
      {Activation::quick_gelu, {-0.018071311, -0.15420423, -0.14961156, 0, 0.35038844, 0.84579575, 2.9819288}},
      {Activation::silu, {-0.14227761, -0.26894143, -0.18877034, 0, 0.31122968, 0.7310586, 2.8577225}},
      {Activation::relu, {0, 0, 0, 0, 0.5, 1, 3}},
      {Activation::relu_squared, {0, 0, 0, 0, 0.25, 1, 9}},
      {Activation::identity, {-3, -1, -0.5, 0, 0.5, 1, 3}},
      {Activation::tanh, {-0.99505475, -0.76159416, -0.46211716, 0, 0.46211716, 0.76159416, 0.99505475}},
  };
  for (const auto& k : known)
    for (int i = 0; i < 7; ++i)
      BOOST_TEST(std::abs(skald::activate_one(k.kind, at[i]) - k.values[i]) <= 3e-7, int(k.kind) << " of " << at[i]);
}

BOOST_AUTO_TEST_CASE(every_kind) {
  auto q = test::reference_queue();
  test::check_activations<skald::ReferenceActivation>(q);
}

BOOST_AUTO_TEST_CASE(far_out_they_stay_numbers) {
  for (Activation kind : test::all_activations)
    for (float x : {-1000.0f, 1000.0f, -90.0f, 90.0f}) {
      const double expected = test::exact_activation(kind, x).first;
      BOOST_TEST(std::abs(skald::activate_one(kind, x) - expected) <= 1e-6 * std::abs(expected) + 1e-30);
    }
}

BOOST_AUTO_TEST_SUITE_END()
