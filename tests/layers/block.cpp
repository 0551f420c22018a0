#include "skald/layers/block.hpp"

#include <boost/test/unit_test.hpp>

#include <numeric>

#include "layers/block_twin.hpp"
#include "skald/backend/reference.hpp"
#include "skald/layers/contiguous_cache.hpp"
#include "skald/layers/paged_cache.hpp"
#include "skald/precision/plan.hpp"
#include "support/specs.hpp"

BOOST_AUTO_TEST_SUITE(layers_block)

using namespace skald;
using test::Numbers;

namespace {

using Layer = Block<OneOf<fp32>>;
using Lane = Reference::Queue;
constexpr int layer = 1;

/// Keeps the probabilities of attention.
struct AttentionTap {
  [[maybe_unused]] static constexpr bool hidden_states = false;
  static constexpr bool attentions = true;
  std::vector<float> seen;
  void attention(Lane& q, int at, MatrixView<Host> p) {
    BOOST_TEST(at == layer);
    seen.resize(std::size_t(p.rows * p.cols));
    q.read(seen.data(), p.data, p.rows * p.cols);
  }
};

/// A layer with weights, beside its twin.
struct Case {
  explicit Case(const ModelSpec& s) : spec(s), block(spec.stack()[layer]) { made.visit(spec, block, weights); }
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;

  ModelSpec spec;
  const BlockSpec& block;
  test::RandomWeights weights;
  Layer made;
  std::size_t taken = 0;  // scratch of the last step

  /// x = layer(x) for the tokens of `rows`, which stand at `positions`.
  template <class A, class Rows, class Tap>
  void step(const A& arch, const Rows& views, std::span<const Row> rows, std::vector<std::int32_t> positions,
            std::vector<float>& x, index_t context, Tap& tap) {
    Lane q;
    BOOST_REQUIRE(!q.reserve(1 << 20));
    const auto tokens = index_t(positions.size());
    StepContext<Reference, A, Tap> c{q, arch, tap, tokens, context};
    const auto states = c.take(tokens, spec.hidden_size);
    std::copy(x.begin(), x.end(), states.data);
    for (int i : {0, 1}) c.rope_tables[i] = c.take(tokens, spec.ropes[i].dim);
    using K = Reference::Kernels;
    K::rope_table<K>(q, element<&ModelSpec::ropes, 0>(c.spec()), spec.max_positions, rows, positions.data(),
                     c.rope_tables[0]);
    K::rope_table<K>(q, element<&ModelSpec::ropes, 1>(c.spec()), spec.max_positions, rows, positions.data(),
                     c.rope_tables[1]);
    const std::size_t before = q.mark();
    with_kind(arch, layer, [&](auto kind) { made.forward(c, kind, layer, views, states); });
    BOOST_TEST(q.mark() == before);
    taken = q.peak() - before;
    std::copy_n(states.data, x.size(), x.begin());
  }
};

/// Two sequences of `lengths` tokens through a cache, `piece` tokens of each in one step.
template <class A, class Cache>
std::vector<float> run(Case& c, const A& arch, Cache& cache, const int (&lengths)[2], int piece) {
  const std::size_t h = std::size_t(c.spec.hidden_size);
  std::vector<float> states = support::numbers(index_t(h) * (lengths[0] + lengths[1]), 99);
  const SeqId sequences[2] = {cache.create(), cache.create()};
  for (int from = 0; from < std::max(lengths[0], lengths[1]); from += piece) {
    std::vector<Row> rows;
    std::vector<std::int32_t> positions;
    std::vector<float> x;
    for (int s : {0, 1}) {
      const int count = std::clamp(lengths[s] - from, 0, piece);
      if (count == 0) continue;
      BOOST_REQUIRE(!cache.extend(sequences[s], count));
      rows.push_back({sequences[s], std::int32_t(positions.size()), count, from});
      for (int t = from; t < from + count; ++t) positions.push_back(t);
      const auto first = states.begin() + index_t(h) * (s * lengths[0] + from);
      x.insert(x.end(), first, first + index_t(h) * count);
    }
    NoTap tap;
    c.step(arch, CacheRows<Cache>{rows, &cache, layer}, rows, positions, x, std::max(lengths[0], lengths[1]), tap);
    for (const Row& row : rows) {
      const int s = row.sequence == sequences[1];
      std::copy_n(x.begin() + index_t(h) * row.first, index_t(h) * row.count,
                  states.begin() + index_t(h) * (s * lengths[0] + from));
    }
  }
  return states;
}

Numbers tokens_of(const std::vector<float>& x, std::size_t h, int first, int count) {
  Numbers rows;
  for (int t = first; t < first + count; ++t)
    rows.emplace_back(x.begin() + index_t(h) * t, x.begin() + index_t(h) * (t + 1));
  return rows;
}

void check_near(const std::vector<float>& found, int first, const Numbers& expected, std::size_t h) {
  for (std::size_t t = 0; t < expected.size(); ++t)
    for (std::size_t i = 0; i < h; ++i) {
      const double wanted = expected[t][i];
      BOOST_REQUIRE_LE(std::abs(found[(std::size_t(first) + t) * h + i] - wanted), 1e-5 * (1 + std::abs(wanted)));
    }
}

/// Against the twin; in pieces, in pages; with exactly the scratch that was planned.
void check(const ModelSpec& spec) {
  Case c(spec);
  const std::size_t h = std::size_t(spec.hidden_size);
  const int lengths[2] = {11, 7};
  const std::vector<float> before = support::numbers(index_t(h) * 18, 99);
  HostMemory memory;
  BOOST_REQUIRE(!HostMemory::allocate(contiguous_cache_bytes(spec, 2, 16), memory));
  ContiguousCache<Reference> contiguous(spec, 16, std::move(memory));
  const std::vector<float> whole = run(c, FromConfig{spec}, contiguous, lengths, 11);
  BOOST_TEST(c.taken == block_scratch(spec, c.block, 18, 11, 1));
  const test::BlockTwin twin(c.spec, c.block, c.weights);
  check_near(whole, 0, twin.run(tokens_of(before, h, 0, 11), layer), h);
  check_near(whole, 11, twin.run(tokens_of(before, h, 11, 7), layer), h);

  PagedCache<Reference> paged;
  BOOST_REQUIRE(!PagedCache<Reference>::allocate(spec, 16, 32, paged, 4));
  BOOST_TEST((run(c, FromConfig{spec}, paged, lengths, 3) == whole));
}

ModelSpec changed(void (*change)(ModelSpec&, BlockSpec&)) {
  ModelSpec s = support::small_spec();
  change(s, s.decoder.kinds[0]);
  return s;
}

constexpr ModelSpec two_kinds() {
  ModelSpec s = support::small_spec();
  s.decoder.kind_of[1] = 1;
  s.decoder.kinds[1].attention.rope = 1;
  s.decoder.kinds[1].attention.window = 4;
  s.ropes[1].theta = 500;
  s.ropes[1].dim = 4;
  return s;
}
inline constexpr ModelSpec fixed = two_kinds();

}  // namespace

BOOST_AUTO_TEST_CASE(gated_with_rotation) { check(support::small_spec()); }

BOOST_AUTO_TEST_CASE(the_second_rope_and_a_window) { check(fixed); }

BOOST_AUTO_TEST_CASE(interleaved_pairs) {
  check(changed([](ModelSpec& s, BlockSpec&) { s.ropes[0].pairs = RopePairs::interleaved; }));
}

BOOST_AUTO_TEST_CASE(plain_with_biases_and_a_scale_by_layer) {
  check(changed([](ModelSpec& s, BlockSpec& b) {
    s.norm = {NormKind::layer, true, 1e-5f};
    b.attention.position = Position::none;
    b.attention.qkv_bias = b.attention.out_bias = b.attention.scale_by_layer = true;
    b.feed_forward.kind = FeedForward::plain;
    b.feed_forward.activation = Activation::gelu;
    b.feed_forward.in_bias = b.feed_forward.out_bias = true;
  }));
}

BOOST_AUTO_TEST_CASE(branches_side_by_side) {
  check(changed([](ModelSpec& s, BlockSpec& b) {
    s.norm = {NormKind::layer, true, 1e-5f};
    b.parallel = true;
  }));
  check(changed([](ModelSpec&, BlockSpec& b) {
    b.parallel = b.shared_norm = true;
    b.residual_scale = 0.5f;
  }));
}

BOOST_AUTO_TEST_CASE(four_norms_and_a_soft_cap) {
  check(changed([](ModelSpec& s, BlockSpec& b) {
    s.norm.kind = NormKind::rms_plus_one;
    b.norms = attention_in | attention_out | feed_forward_in | feed_forward_out;
    b.attention.softcap = 2;
    b.feed_forward.activation = Activation::gelu;
  }));
}

BOOST_AUTO_TEST_CASE(norms_behind_the_branches_or_the_sums) {
  check(changed([](ModelSpec&, BlockSpec& b) { b.norms = attention_out | feed_forward_out; }));
  check(changed([](ModelSpec&, BlockSpec& b) { b.norms = attention_sum | feed_forward_sum; }));
}

BOOST_AUTO_TEST_CASE(norms_of_queries_and_keys) {
  for (QkNorm kind : {QkNorm::per_head, QkNorm::per_head_own, QkNorm::whole})
    for (bool bias : {false, true}) {
      ModelSpec s = support::small_spec();
      s.decoder.kinds[0].attention.qk_norm = kind;
      s.decoder.kinds[0].attention.qk_norm_spec = {bias ? NormKind::layer : NormKind::rms,
                                                   bias && kind != QkNorm::per_head_own, 1e-5f};
      check(s);
    }
}

BOOST_AUTO_TEST_CASE(clipped_projections_alibi_and_scaled_residuals) {
  check(changed([](ModelSpec&, BlockSpec& b) {
    b.attention.clip_qkv = 0.3f;
    b.attention.position = Position::alibi;
    b.residual_scale = 0.22f;
  }));
}

BOOST_AUTO_TEST_CASE(attention_may_need_more_scratch_than_the_feed_forward) {
  check(changed([](ModelSpec&, BlockSpec& b) {
    b.feed_forward.inner = 5;
    b.attention.position = Position::alibi;
  }));
}

BOOST_AUTO_TEST_CASE(the_residual_from_the_norm) {
  check(changed([](ModelSpec&, BlockSpec& b) { b.residual_from_norm = true; }));
}

BOOST_AUTO_TEST_CASE(experts) {
  check(support::experts_spec());
  ModelSpec s = support::experts_spec();
  s.decoder.kinds[0].feed_forward.shared_gate = false;
  s.decoder.kinds[0].feed_forward.normalise_top = false;
  check(s);
  s.decoder.kinds[0].feed_forward.shared_inner = 0;
  check(s);
}

BOOST_AUTO_TEST_CASE(a_fixed_spec_gives_the_same_bits) {
  Case c(fixed);
  const int lengths[2] = {9, 6};
  PagedCache<Reference> first, second;
  BOOST_REQUIRE(!PagedCache<Reference>::allocate(fixed, 16, 32, first));
  BOOST_REQUIRE(!PagedCache<Reference>::allocate(fixed, 16, 32, second));
  BOOST_TEST((run(c, Fixed<fixed>{}, first, lengths, 4) == run(c, FromConfig{fixed}, second, lengths, 4)));
}

BOOST_AUTO_TEST_CASE(an_encoder_sees_its_own_step) {
  Case c(support::encoder_spec());
  const std::size_t h = 24;
  std::vector<float> x = support::numbers(24 * 12, 98);
  const std::vector<float> before = x;
  HostMemory memory;
  BOOST_REQUIRE(!HostMemory::allocate(2 * 12 * 24 * sizeof(float), memory));
  auto* at = reinterpret_cast<float*>(memory.data());
  const MatrixView<Host> keys(at, 12, 24), values(at + 12 * 24, 12, 24);
  const std::vector<Row> rows{{0, 0, 5, 0}, {1, 5, 7, 0}};
  NoTap tap;
  c.step(FromConfig{c.spec}, StepRows<Host>{rows, keys, values}, rows, {0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6}, x, 7, tap);
  BOOST_TEST(c.taken == block_scratch(c.spec, c.block, 12, 7, 1));
  const test::BlockTwin twin(c.spec, c.block, c.weights);
  check_near(x, 0, twin.run(tokens_of(before, h, 0, 5), layer), h);
  check_near(x, 5, twin.run(tokens_of(before, h, 5, 7), layer), h);
}

BOOST_AUTO_TEST_CASE(a_tap_sees_the_probabilities) {
  Case c(support::small_spec());
  ContiguousCache<Reference> cache(c.spec, 8, [&] {
    HostMemory memory;
    BOOST_REQUIRE(!HostMemory::allocate(contiguous_cache_bytes(c.spec, 1, 8), memory));
    return memory;
  }());
  const SeqId s = cache.create();
  BOOST_REQUIRE(!cache.extend(s, 5));
  const std::vector<Row> rows{{s, 0, 5, 0}};
  std::vector<float> x = support::numbers(24 * 5, 97);
  AttentionTap tap;
  c.step(FromConfig{c.spec}, CacheRows<ContiguousCache<Reference>>{rows, &cache, layer}, rows, {0, 1, 2, 3, 4}, x, 5,
         tap);
  BOOST_REQUIRE(tap.seen.size() == 5u * 4 * 5);
  for (std::size_t t = 0; t < 5; ++t)
    for (std::size_t head = 0; head < 4; ++head) {
      const float* p = tap.seen.data() + (t * 4 + head) * 5;
      BOOST_TEST(std::abs(std::accumulate(p, p + 5, 0.0) - 1) <= 1e-6);
      for (std::size_t key = 0; key < 5; ++key) BOOST_TEST((p[key] > 0) == (key <= t));
    }
}

BOOST_AUTO_TEST_SUITE_END()
