#include "skald/ops/cpu/kernels.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/attention_cases.hpp"
#include "ops/row_cases.hpp"

BOOST_AUTO_TEST_SUITE(ops_cpu_kernels)

using namespace skald;
using test::Rows;

namespace {

/// What every kernel makes of the same random numbers, one after the other. Sizes that several threads share.
template <class K, class Q>
std::vector<std::vector<float>> everything(Q& q) {
  std::vector<std::vector<float>> all;
  const auto keep = [&](const Rows& r) { all.push_back(r.values()); };
  const index_t tokens = 70, dim = 257, heads = 6, head_dim = 10;
  const std::vector<float> weight = support::numbers(dim, 1), bias = support::numbers(dim, 2);

  test::for_precisions([&](auto p) {
    using P = typename decltype(p)::type;
    const support::Encoded<P> matrix(support::numbers(dim * dim, 3), dim, dim);
    Weight<test::AllPrecisions> w;
    w.set<P>(matrix.parts());
    for (index_t rows : {index_t{1}, index_t{3}, tokens}) {
      Rows x(rows, dim, 4), y(rows, dim, 5);
      K::template linear<K>(q, x.view(), Product{&w, bias.data(), y.view()});
      keep(y);
    }
    Rows x(3, dim, 4), y(6, dim, 5), e(5, dim, 6);
    std::int32_t picks[6] = {0, 0, 0, 0, 0, 0}, ids[5] = {0, 250, 7, 7, 3};
    K::template linear_selected<K>(q, &w, 1, picks, 2, x.view(), y.view());
    keep(y);
    K::template embed<K>(q, w, ids, 1, 2.0f, true, e.view());
    keep(e);
  });

  for (NormKind kind : test::all_norms) {
    const NormSpec spec{kind, false, 1e-5f};
    Rows x(tokens, dim, 7), y(tokens, dim, 8);
    K::template norm<K>(q, Ref<NormSpec>{&spec}, kind == NormKind::layer_plain ? nullptr : weight.data(), nullptr, 1,
                        x.view(), y.view());
    keep(y);
  }
  for (Activation kind : test::all_activations) {
    Rows x(tokens, dim, 9, -4, 4), up(tokens, dim, 10);
    K::template activate<K>(q, Value<Activation>{kind}, x.view());
    keep(x);
    K::template activate_gated<K>(q, Value<Activation>{kind}, x.view(), up.view());
    keep(x);
  }

  Rows x(tokens, dim, 11), y(tokens, dim, 12), gate(tokens, 1, 13), few(2, dim, 14);
  std::int32_t which[2] = {69, 3};
  ModelSpec spec;
  spec.logit_scale = 0.5f;
  spec.logit_softcap = 0.75f;
  K::template add<K>(q, x.view(), 0.5f, y.view());
  keep(y);
  K::template add_switched<K>(q, x.view(), gate.view(), y.view());
  keep(y);
  K::template clamp<K>(q, 0.6f, y.view());
  keep(y);
  K::template gather<K>(q, y.view(), which, few.view());
  keep(few);
  K::template scale_logits<K>(q, Ref<ModelSpec>{&spec}, few.view());
  keep(few);
  K::template copy<K>(q, x.view(), y.view());
  keep(y);

  FeedForwardSpec experts;
  experts.experts = 9;
  experts.experts_per_token = 2;
  Rows scores(tokens, 9, 15, -3, 3), said(2 * tokens, dim, 16);
  std::vector<std::int32_t> picks(2 * 70);
  std::vector<float> shares(2 * 70);
  K::template route<K>(q, Ref<FeedForwardSpec>{&experts}, scores.view(), picks.data(), shares.data());
  all.push_back(shares);
  all.emplace_back(picks.begin(), picks.end());
  K::template combine<K>(q, shares.data(), said.view(), y.view());
  keep(y);

  RopeSpec rope;
  rope.dim = 8;
  const std::vector<Row> rows{{0, 0, 50, 0}, {1, 50, 20, 13}};
  std::vector<std::int32_t> positions;
  for (int t = 0; t < 70; ++t) positions.push_back(t < 50 ? t : t - 37);
  Rows table(tokens, rope.dim), turned(tokens, heads * head_dim, 17);
  K::template rope_table<K>(q, Ref<RopeSpec>{&rope}, 100, rows, positions.data(), table.view());
  keep(table);
  K::template rope<K>(q, Ref<RopeSpec>{&rope}, table.view(), head_dim, turned.view());
  keep(turned);

  const AttentionSpec a = test::heads_of(6, 2, 10);
  const auto attend = [&]<class T>(T) {
    const test::Sequences<T> sequences({{0, 50}, {13, 20}}, a.kv_width(), 16);
    Rows k(tokens, a.kv_width(), 18), v(tokens, a.kv_width(), 19), out(tokens, heads * head_dim, 20);
    Rows probabilities(tokens * heads, 50, 21);
    K::template store<K>(q, sequences, k.view(), v.view());
    K::template attention<K>(q, Ref<AttentionSpec>{&a}, sequences,
                             AttentionCall<Host>{turned.view(), out.view(), 0.4f, 50, probabilities.view()});
    keep(out);
    keep(probabilities);
  };
  attend(float{});
  attend(fp16_t{});
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_kernel_is_near_its_plain_twin) {
  auto plain = test::reference_queue();
  auto q = test::cpu_queue();
  const auto expected = everything<ReferenceKernels>(plain), found = everything<CpuKernels>(q);
  BOOST_REQUIRE(expected.size() == found.size());
  for (std::size_t k = 0; k < expected.size(); ++k) {
    BOOST_REQUIRE(expected[k].size() == found[k].size());
    double largest = 0;
    for (float v : expected[k]) largest = std::max<double>(largest, std::abs(v));
    for (std::size_t i = 0; i < expected[k].size(); ++i)
      BOOST_REQUIRE_MESSAGE(std::abs(found[k][i] - expected[k][i]) <= 2e-5 * std::max(1.0, largest),
                            "result " << k << " at " << i << ": " << found[k][i] << ", not " << expected[k][i]);
  }
}

BOOST_AUTO_TEST_CASE(threads_change_not_one_bit) {
  auto one = test::cpu_queue(1);
  const auto expected = everything<CpuKernels>(one);
  for (int threads : {2, 3}) {
    auto q = test::cpu_queue(threads);
    const auto found = everything<CpuKernels>(q);
    BOOST_REQUIRE(expected.size() == found.size());
    for (std::size_t k = 0; k < expected.size(); ++k)
      BOOST_TEST(test::same_bits(found[k], expected[k]), "result " << k << " with " << threads << " threads");
  }
}

BOOST_AUTO_TEST_SUITE_END()
