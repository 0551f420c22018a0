#include "skald/ops/bare/attention.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

#include "ops/attention_cases.hpp"
#include "skald/ops/bare/kernels.hpp"

BOOST_AUTO_TEST_SUITE(ops_bare_attention)

using namespace skald;

namespace {

/// Attention in double whose query is rounded to eight bits, and how far 16 bits of a weight may be from it.
struct Rounded {
  std::vector<double> out;
  double tolerance = 0;
};
Rounded rounded_head(const AttentionSpec& a, double scale, const float* query, const KvView<Host, Int8Group>& kv,
                     int position, int head) {
  const int dim = a.head_dim, at = head / (a.heads / a.kv_heads) * dim;
  double largest = 0, highest = -HUGE_VAL, total = 0, size = 0;
  for (int i = 0; i < dim; ++i) largest = std::max(largest, std::abs(double(query[i])));
  std::vector<double> scores;
  const KeyRange keys = visible_keys(a, position, kv.length);
  for (int p = keys.first; p < keys.last; ++p) {
    double s = 0;
    for (int i = 0; i < dim; ++i)
      s += std::nearbyint(double(query[i] * (127.0f / float(largest)))) * double(number_at(kv.key(p), at + i));
    scores.push_back(s * scale * largest / 127);
    highest = std::max(highest, scores.back());
  }
  Rounded exact{std::vector<double>(std::size_t(dim)), 0};
  for (double& s : scores) total += s = std::exp(s - highest);
  for (int p = keys.first; p < keys.last; ++p)
    for (int i = 0; i < dim; ++i) {
      const double value = number_at(kv.value(p), at + i);
      exact.out[std::size_t(i)] += scores[std::size_t(p - keys.first)] / total * value;
      size = std::max(size, std::abs(value));
    }
  exact.tolerance = 1.5e-4 * double(keys.last - keys.first) / total * size + 1e-5;
  return exact;
}

/// The worst error as a part of what is tolerated.
double check(const AttentionSpec& a, float scale, std::int32_t block) {
  auto q = test::reference_queue();
  const test::Sequences<Int8Group> rows({{0, 1}, {0, 9}, {40, 1}, {63, 3}, {700, 2}}, a.kv_width(), block);
  test::Rows queries(rows.tokens(), a.q_width(), 8, -2, 2), out(rows.tokens(), a.q_width(), 9);
  BareAttention::attention<BareKernels>(q, Ref<AttentionSpec>{&a}, rows,
                                        AttentionCall<Host>{queries.view(), out.view(), scale, rows.longest(), {}, {}});
  double worst = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (int t = 0; t < rows[i].count; ++t)
      for (int h = 0; h < a.heads; ++h) {
        const index_t token = rows[i].first + t;
        const Rounded exact = rounded_head(a, double(scale), queries.view().row(token) + h * a.head_dim, rows[i].kv,
                                           rows[i].past + t, h);
        for (int c = 0; c < a.head_dim; ++c) {
          const double error = std::abs(out(token, h * a.head_dim + c) - exact.out[std::size_t(c)]);
          worst = std::max(worst, std::isnan(error) ? HUGE_VAL : error / exact.tolerance);
        }
      }
  BOOST_TEST(out.gaps_untouched());
  BOOST_TEST(q.mark() == 0u);
  return worst;
}

}  // namespace

BOOST_AUTO_TEST_CASE(in_integers) {
  for (std::int32_t block : {0, 5})
    for (const auto& [heads, kv_heads, dim] :
         {std::tuple(8, 4, 8), {1, 1, 1}, {4, 2, 16}, {6, 6, 17}, {2, 1, 64}, {6, 2, 65}, {3, 3, 40}, {2, 1, 256}}) {
      AttentionSpec a = test::heads_of(heads, kv_heads, dim);
      const double plain = check(a, 1 / std::sqrt(float(dim)), block), sharp = check(a, 1.0f, block);
      a.window = 5;
      const double near = check(a, 0.1f, block);
      BOOST_TEST(plain < 1, dim);
      BOOST_TEST(sharp < 1, dim);
      BOOST_TEST(near < 1, dim);
    }
}

BOOST_AUTO_TEST_CASE(everything_else_is_the_plain_one) {
  auto q = test::reference_queue();
  test::check_attentions<BareAttention, float>(q);
  test::check_attentions<BareKernels, fp16_t>(q);
  AttentionSpec a = test::heads_of(2, 1, 300);  // wider than the integers take
  const test::Sequences<Int8Group> rows({{5, 2}}, a.kv_width(), 0);
  test::check_attention<BareKernels>(q, a, rows, 0.05f, false);
  a = test::heads_of(6, 2, 17);
  const test::Sequences<Int8Group> narrow({{5, 2}, {0, 3}}, a.kv_width(), 0);
  test::check_attention<BareKernels>(q, a, narrow, 0.5f, true);
  a.softcap = 1.5f;
  test::check_attention<BareKernels>(q, a, narrow, 0.5f, false);
  a.softcap = 0;
  a.position = Position::alibi;
  test::check_attention<BareKernels>(q, a, narrow, 0.5f, false);
}

BOOST_AUTO_TEST_CASE(what_is_no_number_stays_none) {
  const AttentionSpec a = test::heads_of(2, 2, 8);
  const auto run = [&](index_t bad_query, index_t bad_key, index_t bad_value) {
    auto q = test::reference_queue();
    const test::Sequences<Int8Group> rows({{3, 1}}, a.kv_width(), 0);
    test::Rows queries(1, a.q_width(), 8), out(1, a.q_width(), 9);
    if (bad_query >= 0) queries.view().row(0)[bad_query] = INFINITY;
    if (bad_key >= 0) *rows[0].kv.key(bad_key) = test::nothing<Int8Group>();
    if (bad_value >= 0) *rows[0].kv.value(bad_value) = test::nothing<Int8Group>();
    BareAttention::attention<BareKernels>(q, Ref<AttentionSpec>{&a}, rows,
                                          AttentionCall<Host>{queries.view(), out.view(), 0.3f, 8, {}, {}});
    std::vector<bool> none;
    for (float x : out.values()) none.push_back(std::isnan(x));
    return none;
  };
  const std::vector<bool> all(16, true);
  std::vector<bool> second(16, false);
  std::fill(second.begin() + 8, second.end(), true);
  BOOST_TEST((run(-1, -1, -1) == std::vector<bool>(16, false)));
  BOOST_TEST((run(9, -1, -1) == second));
  BOOST_TEST((run(-1, 2, -1) == all));
  BOOST_TEST((run(-1, -1, 2) == all));
}

BOOST_AUTO_TEST_CASE(products_with_a_few_keys) {
  std::mt19937 random(3);
  for (index_t n : {1, 3, 4, 8, 12, 16, 24, 32})
    for (index_t width : {1, 3})
      for (std::int32_t count : {1, 2, 3, 4})
        for (int extreme : {0, 1}) {
          std::vector<Int8Group> keys(std::size_t(3 * width + 1));
          std::int8_t codes[32];
          const index_t first = n <= 16 ? 32 - n : 0;
          for (auto& code : codes) code = extreme ? std::int8_t(-127) : std::int8_t(int(random() % 255) - 127);
          for (Int8Group& key : keys)
            for (auto& code : key.codes) code = extreme ? std::int8_t(-128) : std::int8_t(random());
          std::int32_t found[4] = {}, expected[4] = {};
          detail::group_dots(codes, n, keys.data(), width, first, count, found);
          for (std::int32_t k = 0; k < count; ++k)
            for (index_t i = 0; i < n; ++i)
              expected[k] += int(codes[i]) * keys[std::size_t(k * width)].codes[first + i];
          BOOST_REQUIRE(std::equal(found, found + count, expected));
        }
}

BOOST_AUTO_TEST_CASE(powers_of_two_in_integers) {
  for (std::uint32_t x = 0; x < 20 * 65536; x += 7)
    BOOST_REQUIRE_LE(std::abs(detail::exp2_q16(x) - 65536 * std::exp2(-double(x) / 65536)), 3.0);
  BOOST_TEST(detail::exp2_q16(0) == 65536);
  BOOST_TEST(detail::exp2_q16(0x7fffffff) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
