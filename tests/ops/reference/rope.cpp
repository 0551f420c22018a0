#include "skald/ops/reference/rope.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/test_ops.hpp"

BOOST_AUTO_TEST_SUITE(ops_reference_rope)

using namespace skald;
using test::Rows;
using K = ReferenceRope;

namespace {

void check_frequencies(const RopeSpec& r, std::int32_t length, std::int32_t max_positions, double attention_factor,
                       const std::vector<double>& expected) {
  BOOST_REQUIRE(index_t(expected.size()) == r.dim / 2);
  for (index_t i = 0; i < r.dim / 2; ++i) {
    const double found = scaled_rope_frequency(r, i, length, max_positions), wanted = expected[std::size_t(i)];
    BOOST_TEST(std::abs(found - wanted) <= 5e-7 * wanted, "pair " << i << ": " << found << ", not " << wanted);
  }
  BOOST_TEST(std::abs(rope_attention_factor(r, max_positions) - attention_factor) <= 2e-7);
}

RopeSpec longrope() {
  RopeSpec r;
  r.dim = 16;
  r.scaling = RopeScaling::longrope;
  r.factor = 4;
  r.original_max_position = 128;
  for (int i = 0; i < 8; ++i) r.short_factor[i] = 1 + 0.1f * float(i), r.long_factor[i] = 1 + 0.7f * float(i);
  return r;
}

RopeSpec yarn() {
  RopeSpec r;
  r.theta = 1e6f;
  r.dim = 32;
  r.scaling = RopeScaling::yarn;
  r.factor = 4;
  r.original_max_position = 32768;
  return r;
}

const std::vector<double> plain{1, 0.31622776, 0.1, 0.031622779, 0.0099999998, 0.0031622779, 0.001, 0.00031622779};

/// The table of some rows of tokens.
Rows table_of(const RopeSpec& r, std::int32_t max_positions, const std::vector<Row>& rows,
              std::vector<std::int32_t> positions) {
  auto q = test::reference_queue();
  Rows table(index_t(positions.size()), r.dim);
  K::rope_table<K>(q, Ref<RopeSpec>{&r}, max_positions, rows, positions.data(), table.view());
  BOOST_REQUIRE(table.gaps_untouched());
  return table;
}

/// cos and sin of position * frequency, times the factor.
void check_row(const Rows& table, index_t row, int position, const std::vector<double>& frequencies,
               double factor = 1) {
  const auto half = index_t(frequencies.size());
  for (index_t i = 0; i < half; ++i) {
    const double angle = position * frequencies[std::size_t(i)], tolerance = 1e-6 * angle + 3e-7;
    BOOST_TEST(std::abs(table(row, i) - factor * std::cos(angle)) <= tolerance);
    BOOST_TEST(std::abs(table(row, half + i) - factor * std::sin(angle)) <= tolerance);
  }
}

std::vector<double> frequencies(const RopeSpec& r, std::int32_t length, std::int32_t max_positions) {
  std::vector<double> f;
  for (index_t i = 0; i < r.dim / 2; ++i) f.push_back(scaled_rope_frequency(r, i, length, max_positions));
  return f;
}

}  // namespace

BOOST_AUTO_TEST_CASE(plain_and_linear) {
  RopeSpec r;
  r.dim = 16;
  check_frequencies(r, 1000, 100, 1, plain);
  r.scaling = RopeScaling::linear;
  r.factor = 4;
  std::vector<double> quarter = plain;
  for (double& f : quarter) f /= 4;
  check_frequencies(r, 1000, 100, 1, quarter);
}

BOOST_AUTO_TEST_CASE(llama3) {
  RopeSpec r;
  r.theta = 500000;
  r.dim = 64;
  r.scaling = RopeScaling::llama3;
  r.factor = 8;
  r.original_max_position = 8192;
  check_frequencies(r, 0, 131072, 1,
                    {1,
                     0.66360128,
                     0.44036663,
                     0.29222783,
                     0.19392276,
                     0.12868738,
                     0.085397102,
                     0.056669619,
                     0.037606031,
                     0.024955409,
                     0.016560441,
                     0.010989529,
                     0.0072926651,
                     0.0048394212,
                     0.0032114461,
                     0.0013718937,
                     0.00052484602,
                     0.00017850779,
                     7.7846555e-05,
                     5.165907e-05,
                     3.4281024e-05,
                     2.2748929e-05,
                     1.5096218e-05,
                     1.0017869e-05,
                     6.6478697e-06,
                     4.4115345e-06,
                     2.9274997e-06,
                     1.9426925e-06,
                     1.2891732e-06,
                     8.5549692e-07,
                     5.6770881e-07,
                     3.7673226e-07});
  RopeSpec other = r;  // without a length of its own, the model's counts
  other.original_max_position = 0;
  for (index_t i = 0; i < 32; ++i)
    BOOST_TEST(scaled_rope_frequency(other, i, 0, 8192) == scaled_rope_frequency(r, i, 0, 7));
}

BOOST_AUTO_TEST_CASE(yarn_in_its_variants) {
  const std::vector<double> expected{1, 0.42169651, 0.17782794, 0.074989416, 0.031622779, 0.013335215, 0.0047799014,
                                     0.0016599617, 0.00055, 0.00016867858, 4.4456985e-05, 1.8747356e-05, 7.9056936e-06,
                                     3.3338035e-06, 1.4058534e-06, 5.9284343e-07};
  check_frequencies(yarn(), 0, 131072, 1.1386294361, expected);
  RopeSpec r = yarn();
  r.attention_factor = 0.5f;
  check_frequencies(r, 0, 131072, 0.5, expected);
  r = yarn();
  r.mscale = 1;
  r.mscale_all_dim = 0.5f;
  check_frequencies(r, 0, 131072, 1.1386294361 / (1 + 0.05 * std::log(4.0)), expected);
  r.mscale_all_dim = 0;
  check_frequencies(r, 0, 131072, 1.1386294361, expected);
  r = yarn();
  r.original_max_position = 0;
  check_frequencies(r, 0, 32768, 1.1386294361, expected);
  // Not truncated: the ramp by the formula.
  r = yarn();
  r.truncate = false;
  const double base = 2 * std::log(1e6), turn = 2 * std::acos(-1.0);
  const double low = 32 * std::log(32768 / (32 * turn)) / base, high = 32 * std::log(32768 / turn) / base;
  for (index_t i = 0; i < 16; ++i) {
    const double f = std::pow(1e6, -2.0 * double(i) / 32),
                 ramp = std::clamp((double(i) - low) / (high - low), 0.0, 1.0);
    const double wanted = f / 4 * ramp + f * (1 - ramp);
    BOOST_TEST(std::abs(scaled_rope_frequency(r, i, 0, 1) - wanted) <= 3e-6 * wanted);
  }
  r.beta_fast = r.beta_slow = 4;  // no ramp but a step, at 8.30
  for (index_t i = 0; i < 16; ++i)
    BOOST_TEST(scaled_rope_frequency(r, i, 0, 1) == rope_frequency(r, i, 0, 1) / (i <= 8 ? 1 : 4));
  r.beta_fast = 1e30f;  // the ramp begins at 0, not before
  r.beta_slow = 1e-30f;  // and ends at the last dimension, 31
  for (index_t i = 0; i < 16; ++i) {
    const double f = std::pow(1e6, -2.0 * double(i) / 32), ramp = double(i) / 31,
                 wanted = f / 4 * ramp + f * (1 - ramp);
    BOOST_TEST(std::abs(scaled_rope_frequency(r, i, 0, 1) - wanted) <= 3e-6 * wanted);
  }
  r = yarn();
  r.factor = 0.5f;
  BOOST_TEST(rope_attention_factor(r, 1) == 1);
}

BOOST_AUTO_TEST_CASE(longrope_looks_at_the_length) {
  const std::vector<double> shorter{1, 0.28747976, 0.083333336, 0.024325214, 0.0071428572, 0.0021081853, 0.00062499999,
                                    0.00018601633};
  const std::vector<double> longer{1, 0.18601634, 0.041666668, 0.010200896, 0.0026315791, 0.0007027284, 0.00019230769,
                                   5.3597927e-05};
  check_frequencies(longrope(), 100, 512, 1.1338934190, shorter);
  check_frequencies(longrope(), 128, 512, 1.1338934190, shorter);
  check_frequencies(longrope(), 129, 512, 1.1338934190, longer);
  check_frequencies(longrope(), 300, 512, 1.1338934190, longer);
  RopeSpec r = longrope();
  r.attention_factor = 2;
  BOOST_TEST(rope_attention_factor(r, 512) == 2);
  r.attention_factor = 0;
  r.factor = 1;
  BOOST_TEST(rope_attention_factor(r, 512) == 1);
}

BOOST_AUTO_TEST_CASE(dynamic_stretches_beyond_the_longest) {
  RopeSpec r;
  r.dim = 16;
  r.scaling = RopeScaling::dynamic;
  r.factor = 2;
  check_frequencies(r, 300, 128, 1, {1, 0.262445, 0.068877369, 0.01807652, 0.004744092, 0.0012450633, 0.00032676061,
                                     8.5756677e-05});
  check_frequencies(r, 128, 128, 1, plain);
  check_frequencies(r, 5, 128, 1, plain);
}

BOOST_AUTO_TEST_CASE(tables_of_ragged_rows) {
  RopeSpec r;
  r.dim = 16;
  const Rows table = table_of(r, 100, {{0, 0, 2, 5}, {1, 2, 3, 0}}, {5, 6, 0, 90, 2});
  const int positions[5] = {5, 6, 0, 90, 2};
  for (index_t t = 0; t < 5; ++t) check_row(table, t, positions[t], plain);
  const Rows scaled = table_of(yarn(), 100, {{0, 0, 1, 0}}, {7});
  check_row(scaled, 0, 7, frequencies(yarn(), 0, 100), 1.1386294361);
}

BOOST_AUTO_TEST_CASE(every_sequence_looks_at_its_own_length) {
  // One ends at 128, still short; one at 129; one would be short but runs beside one that is 100 ahead.
  const Rows table = table_of(longrope(), 512, {{0, 0, 2, 0}, {1, 2, 1, 0}, {2, 3, 1, 0, 0, 100}, {3, 4, 1, 0}},
                              {127, 3, 128, 29, 29});
  const auto shorter = frequencies(longrope(), 1, 512), longer = frequencies(longrope(), 200, 512);
  const double factor = 1.1338934190;
  check_row(table, 0, 127, shorter, factor);
  check_row(table, 1, 3, shorter, factor);
  check_row(table, 2, 128, longer, factor);
  check_row(table, 3, 29, longer, factor);
  check_row(table, 4, 29, shorter, factor);
  RopeSpec r;
  r.dim = 8;
  r.scaling = RopeScaling::dynamic;
  r.factor = 2;
  const Rows stretched = table_of(r, 10, {{0, 0, 2, 0}, {1, 2, 1, 0}}, {19, 4, 4});
  check_row(stretched, 0, 19, frequencies(r, 20, 10));
  check_row(stretched, 1, 4, frequencies(r, 20, 10));
  check_row(stretched, 2, 4, frequencies(r, 5, 10));
}

BOOST_AUTO_TEST_CASE(pairs_are_turned) {
  auto q = test::reference_queue();
  for (RopePairs pairs : {RopePairs::halves, RopePairs::interleaved})
    for (std::int32_t dim : {2, 6, 8}) {
      const index_t heads = 3, head_dim = 8, tokens = 4, half = dim / 2;
      RopeSpec r;
      r.dim = dim;
      r.pairs = pairs;
      const Rows before(tokens, heads * head_dim, 1);
      Rows x = before, table(tokens, dim, 2);
      K::rope<K>(q, Ref<RopeSpec>{&r}, table.view(), head_dim, x.view());
      for (index_t t = 0; t < tokens; ++t)
        for (index_t h = 0; h < heads; ++h)
          for (index_t i = 0; i < head_dim; ++i) {
            const index_t at = h * head_dim;
            if (i >= dim) {
              BOOST_REQUIRE_EQUAL(x(t, at + i), before(t, at + i));
              continue;
            }
            const index_t pair = pairs == RopePairs::halves ? i % half : i / 2;
            const index_t other = pairs == RopePairs::halves ? (i + half) % dim : i ^ 1;
            const bool first = pairs == RopePairs::halves ? i < half : i % 2 == 0;
            const double c = table(t, pair), s = table(t, half + pair);
            const double expected = before(t, at + i) * c + (first ? -1 : 1) * before(t, at + other) * s;
            BOOST_REQUIRE_LE(std::abs(x(t, at + i) - expected), 4 * test::half_unit);
          }
      BOOST_TEST(x.gaps_untouched());
    }
}

BOOST_AUTO_TEST_SUITE_END()
