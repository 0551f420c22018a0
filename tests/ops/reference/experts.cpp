#include "skald/ops/reference/experts.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/test_ops.hpp"

BOOST_AUTO_TEST_SUITE(ops_reference_experts)

using namespace skald;
using test::Rows;
using K = ReferenceExperts;

namespace {

struct Routed {
  std::vector<std::int32_t> picks;
  std::vector<float> weights;
};

Routed route(test::Matrix logits, int k, bool normalise) {
  auto q = test::reference_queue();
  FeedForwardSpec spec;
  spec.experts = std::int32_t(logits.cols);
  spec.experts_per_token = k;
  spec.normalise_top = normalise;
  const std::size_t n = std::size_t(logits.rows * k);
  Routed r{std::vector<std::int32_t>(n + 1, -7), std::vector<float>(n + 1, -7.0f)};
  K::route<K>(q, Ref<FeedForwardSpec>{&spec}, logits, r.picks.data(), r.weights.data());
  BOOST_REQUIRE(r.picks.back() == -7 && r.weights.back() == -7);  // not one too many
  r.picks.pop_back();
  r.weights.pop_back();
  return r;
}

Routed route(std::vector<float> logits, int k, bool normalise = true) {
  return route(test::Matrix(logits.data(), 1, index_t(logits.size())), k, normalise);
}

using Picks = std::vector<std::int32_t>;

}  // namespace

BOOST_AUTO_TEST_CASE(the_largest_in_rising_order_of_expert) {
  BOOST_TEST(route({1, 5, 2, 4, 3}, 2).picks == (Picks{1, 3}));
  BOOST_TEST(route({9, 5, 2, 4, 3}, 3).picks == (Picks{0, 1, 3}));
  BOOST_TEST(route({1, 5, 2, 4, 3}, 5).picks == (Picks{0, 1, 2, 3, 4}));
  BOOST_TEST(route({7}, 1).picks == (Picks{0}));
}

BOOST_AUTO_TEST_CASE(among_equals_the_lower_expert) {
  BOOST_TEST(route({3, 3, 3, 3}, 2).picks == (Picks{0, 1}));
  BOOST_TEST(route({1, 3, 2, 3, 3}, 2).picks == (Picks{1, 3}));
  BOOST_TEST(route({2, 1, 2, 5, 2}, 3).picks == (Picks{0, 2, 3}));
  BOOST_TEST(route({0.0f, -0.0f, -1}, 1).picks == (Picks{0}));
}

BOOST_AUTO_TEST_CASE(weights_are_probabilities) {
  for (index_t experts : {2, 17, 65})
    for (int k : {1, 2})
      for (bool normalise : {false, true}) {
        Rows logits(4, experts, unsigned(experts), -6, 6);
        const Routed r = route(logits.view(), k, normalise);
        for (index_t i = 0; i < 4; ++i) {
          double total = 0, chosen = 0;
          for (index_t e = 0; e < experts; ++e) total += std::exp(double(logits(i, e)));
          for (int j = 0; j < k; ++j) chosen += std::exp(double(logits(i, r.picks[std::size_t(i * k + j)])));
          for (int j = 0; j < k; ++j) {
            const std::size_t at = std::size_t(i * k + j);
            const double expected = std::exp(double(logits(i, r.picks[at]))) / (normalise ? chosen : total);
            BOOST_TEST(std::abs(r.weights[at] - expected) <= test::half_unit * double(experts + 24));
          }
        }
      }
  BOOST_TEST(route({1000, 1001}, 1, false).weights[0] == 0.7310586f, boost::test_tools::tolerance(1e-6f));
}

BOOST_AUTO_TEST_CASE(nan_picks_as_many_as_always) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto& logits : {std::vector<float>{nan, nan, nan, nan}, {1, nan, 2, 3}, {nan, 1, 2, 3}, {1, 2, 3, nan}}) {
    const Routed r = route(logits, 2);
    BOOST_TEST((0 <= r.picks[0] && r.picks[0] < r.picks[1] && r.picks[1] < 4));
    BOOST_TEST(r.weights[1] != -7);
  }
}

BOOST_AUTO_TEST_CASE(what_the_experts_say_is_added_up) {
  auto q = test::reference_queue();
  for (index_t rows : {0, 1, 4}) {
    const index_t k = 3, dim = 17;
    Rows x(rows * k, dim, 1), y(rows, dim, 2);
    std::vector<float> weights = support::numbers(rows * k, 3, 0, 1);
    K::combine<K>(q, weights.data(), x.view(), y.view());
    for (index_t i = 0; i < rows; ++i)
      for (index_t c = 0; c < dim; ++c) {
        double expected = 0;
        for (index_t j = 0; j < k; ++j) expected += double(weights[std::size_t(i * k + j)]) * x(i * k + j, c);
        BOOST_TEST(std::abs(y(i, c) - expected) <= 4 * 3 * test::half_unit);
      }
    BOOST_TEST(y.gaps_untouched());
  }
}

BOOST_AUTO_TEST_SUITE_END()
