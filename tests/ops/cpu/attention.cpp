#include "skald/ops/cpu/attention.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <tuple>

#include "ops/attention_cases.hpp"

BOOST_AUTO_TEST_SUITE(ops_cpu_attention)

using namespace skald;
using K = CpuAttention;

BOOST_AUTO_TEST_CASE(by_the_definition) {
  for (const InstructionSet level : test::levels) {
    auto q = test::cpu_queue(2, level);
    test::check_attentions<K, float>(q);
    test::check_attentions<K, fp16_t>(q);
    test::check_attentions<K, Int8Group>(q);
    const test::Sequences<Int8Group> wide({{3, 2}, {0, 9}}, 520, 5);  // wider than what is widened in tiles
    test::check_attention<K>(q, test::heads_of(2, 1, 520), wide, 0.05f, true);
    BOOST_TEST(q.mark() == 0u);
  }
}

namespace {

/// One row of a step, or one token of it alone.
template <class T>
struct OneRow {
  AttentionRow<Host, T> row;
  std::size_t size() const { return 1; }
  AttentionRow<Host, T> operator[](std::size_t) const { return row; }
};

template <class T>
void check_neighbours(CpuQueue& q, const AttentionSpec& a, const test::Sequences<T>& rows) {
  test::Rows queries(rows.tokens(), a.q_width(), 8, -2, 2), out(rows.tokens(), a.q_width(), 9);
  const auto attend = [&](const auto& step, index_t token, index_t tokens, test::Rows& to) {
    const MatrixView<Host> x(queries.view().row(token), tokens, a.q_width(), queries.view().stride);
    K::template attention<K>(q, Ref<AttentionSpec>{&a}, step,
                             AttentionCall<Host>{x, to.view(), 0.3f, rows.longest(), {}, {}});
  };
  attend(rows, 0, rows.tokens(), out);
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::int32_t t = 0; t < rows[i].count; ++t) {
      OneRow<T> alone{rows[i]};
      alone.row.first = 0, alone.row.count = 1, alone.row.past += t;
      test::Rows one(1, a.q_width(), 9);
      attend(alone, rows[i].first + t, 1, one);
      const std::size_t bytes = std::size_t(a.q_width()) * sizeof(float);
      BOOST_REQUIRE(std::memcmp(one.view().row(0), out.view().row(rows[i].first + t), bytes) == 0);
    }
}

template <class T>
void check_neighbours(CpuQueue& q) {
  for (const auto& [heads, kv_heads, dim] : {std::tuple(2, 2, 17), {6, 2, 64}, {5, 1, 33}}) {
    AttentionSpec a = test::heads_of(heads, kv_heads, dim);
    const test::Sequences<T> rows({{0, 1}, {70, 18}, {3, 4}, {0, 35}}, a.kv_width(), 16);
    for (a.window = 0; a.window <= 20; a.window += 20)
      for (const bool causal : {true, false}) {
        a.causal = causal;
        check_neighbours(q, a, rows);
      }
  }
}

}  // namespace

/// However many queries go through the keys together, in whatever pieces.
BOOST_AUTO_TEST_CASE(neighbours_change_no_bit) {
  for (const InstructionSet level : test::levels) {
    auto q = test::cpu_queue(2, level);
    check_neighbours<float>(q);
    check_neighbours<Int8Group>(q);
  }
}

BOOST_AUTO_TEST_CASE(storing) {
  auto q = test::cpu_queue();
  test::check_store<K, float>(q);
  test::check_store<K, bf16_t>(q);
}

BOOST_AUTO_TEST_CASE(nobody_asks) {
  auto q = test::cpu_queue();
  const test::Sequences<float> none({}, 8, 0);
  test::check_attention<K>(q, test::heads_of(2, 1, 8), none, 1, false);
  BOOST_TEST(q.peak() > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
