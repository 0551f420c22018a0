#include "skald/ops/bare/linear.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

#include "ops/linear_cases.hpp"
#include "support/guarded.hpp"

BOOST_AUTO_TEST_SUITE(ops_bare_linear)

using namespace skald;
using test::Rows;

namespace {

/// What the product should be: both sides rounded to eight bits by a plain quantiser, the sum in double.
double expected_product(const float* x, const std::vector<float>& weights, index_t in, index_t o) {
  double y = 0;
  for (index_t from = 0; from < in; from += Int8Input::most) {
    const index_t end = std::min(in, from + Int8Input::most);
    double largest = 0, sum = 0;
    for (index_t c = from; c < end; ++c) largest = std::max(largest, std::abs(double(x[c])));
    for (index_t c = from; c < end; ++c) {
      const double code = std::nearbyint(double(x[c] * (127.0f / float(largest))));
      sum += code * double(weights[std::size_t(o * in + c)]);
    }
    y += sum * largest / 127;
  }
  return y;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_way_of_adding_gives_the_plain_sum) {
  std::mt19937 random(7);
  Int8Input x;
  for (index_t n : {1, 3, 4, 15, 16, 17, 44, 63, 64, 65, 127, 128, 172, 1000, 1024})
    for (index_t rows : {1, 2, 3, 4, 5, 15, 16})
      for (int extreme : {0, 1, 2}) {
        const index_t stride = n + (rows % 3);
        std::vector<std::int8_t> values(std::size_t(rows * stride));
        for (auto& v : values) v = extreme ? std::int8_t(extreme == 1 ? -128 : 127) : std::int8_t(random());
        x.n = n, x.sum = 0;
        for (index_t i = 0; i < (n + 63) / 64 * 64; ++i) {
          x.codes[i] = i >= n ? std::int8_t(0) : extreme ? std::int8_t(-127) : std::int8_t(int(random() % 255) - 127);
          x.sum += x.codes[i];
        }
        support::Guarded memory(values.data(), std::size_t((rows - 1) * stride + n));  // and reads nothing behind it
        std::int32_t found[16], plain[16], expected[16];
        detail::int8_dots(memory.data(), stride, rows, x, found);
        detail::plain_int8_dots(memory.data(), stride, rows, x, plain);
        for (index_t r = 0; r < rows; ++r) {
          expected[r] = 0;
          for (index_t i = 0; i < n; ++i) expected[r] += int(values[std::size_t(r * stride + i)]) * x.codes[i];
          BOOST_REQUIRE_MESSAGE(found[r] == expected[r] && plain[r] == expected[r],
                                n << " numbers, row " << r << " of " << rows);
        }
      }
}

BOOST_AUTO_TEST_CASE(products_in_integers) {
  auto q = test::reference_queue();
  for (index_t in : {1, 3, 17, 64, 172, 257, 1024, 1025, 2500})
    for (index_t out : {1, 15, 16, 35})
      for (index_t rows : {0, 1, 3}) {
        const support::Encoded<int8> matrix(support::numbers(in * out, unsigned(in + out)), out, in, 1);
        const std::vector<float> all = matrix.values(), bias = support::numbers(out, 3);
        for (const RowMap& map : {RowMap{}, RowMap{out / 3, 0, 0}, RowMap{out / 5, 3, 5}}) {
          const index_t taken = map.group ? std::max<index_t>(0, (out - map.first) / 5) * 3 : out - map.first;
          Int8Parts parts = matrix.parts();
          parts.rows = map;
          const std::vector<float> weights = support::picked(all, in, map, taken);
          Weight<test::AllPrecisions> several;
          Weight<OneOf<int8>> one;
          several.set<int8>(parts);
          one.set<int8>(parts);
          Rows x(rows, in, unsigned(in)), y(rows, taken, 1), z(rows, taken, 2);
          BareLinear::linear<BareLinear>(q, x.view(), Product{&several, bias.data(), y.view()},
                                         Product{&one, nullptr, z.view()});
          for (index_t i = 0; i < rows; ++i)
            for (index_t o = 0; o < taken; ++o) {
              const double right = expected_product(x.view().row(i), weights, in, o);
              BOOST_REQUIRE_SMALL(double(z(i, o)) - right, 1e-6 * double(in));
              BOOST_REQUIRE_SMALL(double(y(i, o)) - right - double(bias[std::size_t(o)]), 1e-6 * double(in));
              BOOST_REQUIRE_EQUAL(BareLinear::dot(std::type_identity<int8>{}, parts, in, o, x.view().row(i)), z(i, o));
            }
          BOOST_REQUIRE(y.gaps_untouched() && z.gaps_untouched());
        }
      }
}

BOOST_AUTO_TEST_CASE(other_precisions_are_the_plain_ones) {
  auto q = test::reference_queue();
  const index_t in = 130, out = 21;
  Rows x(3, in, 5), y(3, out, 1), z(3, out, 2), w(3, out, 3);
  const support::Encoded<nf4> four(support::numbers(in * out, 8), out, in);
  const support::Encoded<int8> eight(support::numbers(in * out, 9), out, in);
  Weight<test::AllPrecisions> a, b;
  a.set<nf4>(four.parts());
  b.set<int8>(eight.parts());
  BareLinear::linear<BareLinear>(q, x.view(), Product{&a, nullptr, y.view()}, Product{&b, nullptr, w.view()});
  ReferenceLinear::linear<ReferenceLinear>(q, x.view(), Product{&a, nullptr, z.view()});
  BOOST_TEST(test::same_bits(y.values(), z.values()));
  for (index_t o = 0; o < out; ++o)
    BOOST_REQUIRE_SMALL(double(w(2, o)) - expected_product(x.view().row(2), eight.values(), in, o), 1e-4);
}

BOOST_AUTO_TEST_CASE(one_weight_out_of_many) {
  auto q = test::reference_queue();
  test::check_linear_selected<BareLinear>(q);
  const index_t in = 172, out = 37;
  const support::Encoded<int8> a(support::numbers(in * out, 1), out, in), b(support::numbers(in * out, 2), out, in);
  const support::Encoded<nf4> c(support::numbers(in * out, 3), out, in);
  std::vector<Weight<test::AllPrecisions>> weights(3);
  weights[0].set<int8>(a.parts());
  weights[1].set<int8>(b.parts());
  weights[2].set<nf4>(c.parts());
  std::int32_t picks[] = {1, 2, 0, 1};
  Rows x(2, in, 5), y(4, out, 6);
  BareLinear::linear_selected<BareLinear>(q, weights.data(), 3, picks, 2, x.view(), y.view());
  for (index_t o = 0; o < out; ++o) {
    const auto eight = std::type_identity<int8>{};
    BOOST_REQUIRE_EQUAL(y(0, o), BareLinear::dot(eight, b.parts(), in, o, x.view().row(0)));
    BOOST_REQUIRE_EQUAL(y(1, o), ReferenceLinear::dot(std::type_identity<nf4>{}, c.parts(), in, o, x.view().row(0)));
    BOOST_REQUIRE_EQUAL(y(2, o), BareLinear::dot(eight, a.parts(), in, o, x.view().row(1)));
    BOOST_REQUIRE_EQUAL(y(3, o), BareLinear::dot(eight, b.parts(), in, o, x.view().row(1)));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_number_stays_none) {
  auto q = test::reference_queue();
  const support::Encoded<int8> matrix(support::numbers(70 * 4, 9), 4, 70);
  Weight<OneOf<int8>> weight;
  weight.set<int8>(matrix.parts());
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Rows x(2, 70, 5), y(2, 4, 1);
    x.view().row(0)[69] = bad;
    BareLinear::linear<BareLinear>(q, x.view(), Product{&weight, nullptr, y.view()});
    for (index_t o = 0; o < 4; ++o) BOOST_TEST((std::isnan(y(0, o)) && !std::isnan(y(1, o))));
  }
  Rows x(1, 70, 5, 0, 0), y(1, 4, 1);
  BareLinear::linear<BareLinear>(q, x.view(), Product{&weight, nullptr, y.view()});
  for (index_t o = 0; o < 4; ++o) BOOST_TEST(y(0, o) == 0.0f);
}

BOOST_AUTO_TEST_SUITE_END()
