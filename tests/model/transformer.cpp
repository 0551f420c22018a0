#include "skald/model/transformer.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/backend/bare.hpp"
#include "skald/backend/reference.hpp"
#include "skald/cpu.hpp"
#include "skald/layers/contiguous_cache.hpp"
#include "support/forward.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(model_transformer)

using namespace skald;
using support::Forward;
using support::logits_of;
using support::random_model;
using support::some_tokens;

namespace {

using Any = OneOf<fp32, bf16, int8>;

template <class B, const ModelSpec& S>
std::vector<float> fixed_logits(std::span<const token_id> tokens) {
  return logits_of(random_model<Transformer<B, fp32, Fixed<S>>>(Fixed<S>{}), tokens);
}
template <class B, class D = fp32>
std::vector<float> loaded_logits(const ModelSpec& spec, std::span<const token_id> tokens, B backend = {}) {
  return logits_of(random_model<Transformer<B, D, FromConfig>>(FromConfig{spec}, backend), tokens);
}

/// The largest difference, as a part of the largest number.
float difference(const std::vector<float>& a, const std::vector<float>& b) {
  float largest = 0, apart = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(a[i]));
    apart = std::max(apart, std::abs(a[i] - b[i]));
  }
  return apart / largest;
}

/// Every kind of layer that a spec can say, on small sizes.
std::vector<std::pair<const char*, ModelSpec>> many_specs() {
  std::vector<std::pair<const char*, ModelSpec>> all{
      {"llama", support::small_llama},     {"gpt2", support::small_gpt2},         {"gemma3", support::small_gemma3},
      {"mixtral", support::small_mixtral}, {"gpt_neox", support::small_gpt_neox}};
  const auto with = [&](const char* what, const ModelSpec& from, auto&& change) {
    ModelSpec spec = from;
    change(spec, spec.decoder.kinds[0]);
    all.push_back({what, spec});
  };
  const ModelSpec &llama = support::small_llama, &gpt2 = support::small_gpt2, &mixtral = support::small_mixtral;
  with("alibi", llama, [](ModelSpec& s, BlockSpec& b) {
    b.attention.position = Position::alibi;
    b.attention.softcap = 5;
    s.embedding_norm = true;
  });
  with("two norms of a parallel block", llama, [](ModelSpec&, BlockSpec& b) { b.parallel = true; });
  with("one norm of a parallel block", llama, [](ModelSpec&, BlockSpec& b) { b.parallel = b.shared_norm = true; });
  with("norms after the sums", gpt2, [](ModelSpec&, BlockSpec& b) { b.norms = attention_sum | feed_forward_sum; });
  with("norms on q and k, whole", llama, [](ModelSpec&, BlockSpec& b) {
    b.attention.qk_norm = QkNorm::whole;
    b.attention.clip_qkv = 0.5f;
    b.norms = attention_out | feed_forward_out;
  });
  with("residual from the norm", llama, [](ModelSpec&, BlockSpec& b) {
    b.residual_from_norm = true;
    b.residual_scale = 0.5f;
  });
  with("a narrow embedding", gpt2, [](ModelSpec& s, BlockSpec&) {
    s.embedding_size = 12;
    s.projection = Projection::before_positions;
    s.tied = false;
    s.position_offset = 2;
  });
  with("a shared expert", mixtral, [](ModelSpec&, BlockSpec& b) {
    b.feed_forward.shared_inner = 56;
    b.feed_forward.shared_gate = true;
    b.feed_forward.normalise_top = false;
  });
  with("ropes that look at the length", llama, [](ModelSpec& s, BlockSpec&) {
    s.ropes[0].scaling = RopeScaling::dynamic;
    s.ropes[0].factor = 2;
    s.max_positions = 8;
  });
  with("types, a head bias, scaled logits", gpt2, [](ModelSpec& s, BlockSpec&) {
    s.token_types = 3;
    s.head_bias = true;
    s.logit_scale = 0.25f;
  });
  with("one layer's weights for all", llama, [](ModelSpec& s, BlockSpec&) { s.decoder.own_weights = false; });
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_fixed_spec_gives_the_same_bits) {
  const auto tokens = some_tokens(9, 80);
  BOOST_TEST((fixed_logits<Reference, support::small_llama>(tokens) ==
              loaded_logits<Reference>(support::small_llama, tokens)));
  BOOST_TEST(
      (fixed_logits<Reference, support::small_gpt2>(tokens) == loaded_logits<Reference>(support::small_gpt2, tokens)));
  BOOST_TEST((fixed_logits<Reference, support::small_gemma3>(tokens) ==
              loaded_logits<Reference>(support::small_gemma3, tokens)));
  BOOST_TEST((fixed_logits<Cpu, support::small_llama>(tokens) == loaded_logits<Cpu>(support::small_llama, tokens)));
  BOOST_TEST((fixed_logits<Cpu, support::small_gpt2>(tokens) == loaded_logits<Cpu>(support::small_gpt2, tokens)));
  BOOST_TEST((fixed_logits<Cpu, support::small_gemma3>(tokens) == loaded_logits<Cpu>(support::small_gemma3, tokens)));
}

BOOST_AUTO_TEST_CASE(a_set_of_precisions_gives_the_same_bits) {
  const auto tokens = some_tokens(9, 96);
  const ModelSpec& spec = support::small_llama;
  BOOST_TEST((loaded_logits<Reference, Any>(spec, tokens) == loaded_logits<Reference>(spec, tokens)));
  BOOST_TEST((loaded_logits<Cpu, Any>(spec, tokens) == loaded_logits<Cpu>(spec, tokens)));
  // All members in one model: every weight is what its own precision makes of it.
  const auto mixed = random_model<Transformer<Reference, Any, FromConfig>>(FromConfig{spec}, {}, {}, {}, true);
  const auto close = logits_of(mixed, tokens), exact = loaded_logits<Reference>(spec, tokens);
  BOOST_TEST(close != exact);
  BOOST_TEST(difference(exact, close) < 0.05f);
  BOOST_TEST(mixed.weights().blocks[0].attention.query.weight.precision() == std::string("bf16"));
  BOOST_TEST(mixed.weights().blocks[0].attention.key.weight.precision() == std::string("int8"));
}

BOOST_AUTO_TEST_CASE(cpu_agrees_with_the_oracle_whatever_the_threads) {
  for (const auto& [what, spec] : many_specs()) {
    const auto tokens = some_tokens(21, spec.vocab_size);
    const auto one = loaded_logits<Cpu>(spec, tokens, Cpu{.threads = 1});
    BOOST_TEST((one == loaded_logits<Cpu>(spec, tokens, Cpu{.threads = 2, .worth_threads = 0})), what);
    BOOST_TEST((one == loaded_logits<Cpu>(spec, tokens, Cpu{.threads = 5, .worth_threads = 0})), what);
    BOOST_TEST(difference(loaded_logits<Reference>(spec, tokens), one) < 2e-5f, what);
  }
}

BOOST_AUTO_TEST_CASE(how_a_sequence_is_cut_into_steps_changes_nothing) {
  for (const auto& [what, spec] : many_specs()) {
    const bool by_length = spec.ropes[0].scaling == RopeScaling::dynamic;  // earlier keys were turned for a shorter one
    const auto model = random_model<Transformer<Reference, fp32, FromConfig>>(FromConfig{spec});
    const auto tokens = some_tokens(by_length ? 8 : 13, spec.vocab_size), other = some_tokens(6, spec.vocab_size, 7);
    const auto whole = logits_of(model, tokens), alone = logits_of(model, other);

    Forward forward(model);
    const SeqId a = forward.cache.create(), b = forward.cache.create();
    const std::span<const token_id> first(tokens);
    std::vector<float> parts;
    const auto run = [&](std::size_t from, std::size_t n, std::size_t other_from, std::size_t other_n) {
      StepBuilder step;
      step.add(forward.cache, a, first.subspan(from, n), std::int32_t(n));
      if (other_n) step.add(forward.cache, b, std::span(other).subspan(other_from, other_n), std::int32_t(other_n));
      BOOST_REQUIRE(!forward.run(step.batch()));
      const auto vocab = std::size_t(spec.head_rows());
      parts.insert(parts.end(), forward.logits.begin(), forward.logits.begin() + index_t(n * vocab));
      BOOST_TEST(std::equal(forward.logits.begin() + index_t(n * vocab), forward.logits.end(),
                            alone.begin() + index_t(other_from * vocab)), what);
    };
    run(0, 5, 0, 0);
    run(5, 1, 0, 4);
    run(6, tokens.size() - 6, 4, 2);
    BOOST_TEST((parts == whole), what);
  }
}

BOOST_AUTO_TEST_CASE(only_the_logits_asked_for_in_their_order) {
  const auto model = random_model<Transformer<Reference, fp32, FromConfig>>(FromConfig{support::small_llama});
  const auto tokens = some_tokens(6, 96);
  const auto all = logits_of(model, tokens);
  Forward forward(model);
  StepBuilder step;
  step.add(forward.cache, forward.cache.create(), tokens, 0);
  StepBatch batch = step.batch();
  const std::int32_t wanted[] = {4, 1, 1};
  batch.logits_at = wanted;
  BOOST_REQUIRE(!forward.run(batch));
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST(std::equal(forward.logits.begin() + index_t(i * 96), forward.logits.begin() + index_t((i + 1) * 96),
                          all.begin() + index_t(wanted[i]) * 96));
  BOOST_TEST(!forward.run({}));  // an empty step is no fault
  BOOST_TEST(forward.logits.empty());
}

BOOST_AUTO_TEST_CASE(a_step_stays_within_its_plan) {
  for (const auto& [what, spec] : many_specs())
    for (const std::int32_t tokens : {1, 2, 7})
      for (const std::int32_t past : {0, 1, 20})
        for (const std::int32_t outputs : {0, 1, tokens})
          for (const int threads : {0, 1, 3}) {  // 0: the plain kernels
            const auto check = [&](const auto& model) {
              Forward forward(model);
              const SeqId s = forward.cache.create();
              if (past) BOOST_REQUIRE(!forward.feed(s, some_tokens(std::size_t(past), spec.vocab_size)));
              auto queue = model.backend().queue();
              std::swap(queue, forward.queue);  // one that has not seen anything yet
              StepBuilder step;
              step.add(forward.cache, s, some_tokens(std::size_t(tokens), spec.vocab_size), outputs);
              BOOST_REQUIRE(!forward.run(step.batch()));
              const auto plan = model.plan(tokens, tokens + past, std::max(outputs, 1), forward.queue.workers());
              BOOST_TEST(forward.queue.peak() <= plan.scratch,
                         what << ": " << tokens << " tokens behind " << past << ", " << outputs << " outputs: "
                              << forward.queue.peak() << " of " << plan.scratch);
              BOOST_TEST(forward.queue.mark() == 0u, what);
              BOOST_TEST(plan.cache_per_token == cache_bytes_per_token(spec));
            };
            if (threads == 0) check(random_model<Transformer<Reference, fp32, FromConfig>>(FromConfig{spec}));
            else check(random_model<Transformer<Cpu, fp32, FromConfig>>(FromConfig{spec}, Cpu{.threads = threads}));
          }
}

BOOST_AUTO_TEST_CASE(an_encoder_stays_within_its_plan_and_sees_both_ways) {
  const auto model = random_model<Transformer<Reference, fp32, FromConfig>>(FromConfig{support::small_bert});
  const auto tokens = some_tokens(7, 60);
  const std::int32_t positions[] = {0, 1, 2, 0, 1, 2, 3};
  const Row rows[] = {{0, 0, 3, 0}, {1, 3, 4, 0}};
  std::vector<float> hidden(7 * 24), pooled(2 * 24), alone(4 * 24);
  auto queue = model.backend().queue();
  BOOST_REQUIRE(!model.encode(queue, {tokens, positions, rows, {}}, hidden.data(), pooled.data()));
  BOOST_TEST(queue.peak() <= model.plan(7, 4, 2).scratch);
  const Row one[] = {{0, 0, 4, 0}};
  const auto second = std::span<const token_id>(tokens).subspan(3);
  BOOST_REQUIRE(!model.encode(queue, {second, std::span(positions).subspan(3), one, {}}, alone.data()));
  BOOST_TEST(std::equal(alone.begin(), alone.end(), hidden.begin() + 3 * 24));
  auto changed = tokens;
  changed[6] = (changed[6] + 1) % 60;
  const auto changed_second = std::span<const token_id>(changed).subspan(3);
  std::vector<float> other(4 * 24);
  BOOST_REQUIRE(!model.encode(queue, {changed_second, std::span(positions).subspan(3), one, {}}, other.data()));
  BOOST_TEST(!std::equal(other.begin(), other.begin() + 24, alone.begin()));
  for (const float v : pooled) BOOST_TEST(std::abs(v) < 1);

  Forward forward(model);
  const Fault f = forward.feed(forward.cache.create(), tokens);
  BOOST_TEST((f.code == FaultCode::unsupported));
  const auto decoder = random_model<Transformer<Reference, fp32, FromConfig>>(FromConfig{support::small_llama});
  BOOST_TEST((decoder.encode(queue, {tokens, positions, rows, {}}, hidden.data()).code == FaultCode::unsupported));
}

namespace {

std::string sentence(const Fault& f) { return Error(f).message(); }

struct CancelIn {
  static constexpr bool hidden_states = true, attentions = false;
  std::atomic<bool>& flag;
  int at;
  void hidden(Reference::Queue&, int layer, MatrixView<Host>) { flag = flag || layer == at; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_fault_leaves_the_cache_as_it_was) {
  const auto model = random_model<Transformer<Reference, fp32, FromConfig>>(FromConfig{support::small_gpt2});
  Forward forward(model, 20);
  const SeqId a = forward.cache.create(), b = forward.cache.create();
  BOOST_REQUIRE(!forward.feed(a, some_tokens(5, 80)));
  const auto free = forward.cache.free_positions();
  const auto after = [&] {
    Forward<decltype(model)> fresh(model, 20);
    BOOST_REQUIRE(!fresh.feed(fresh.cache.create(), some_tokens(5, 80)));
    BOOST_REQUIRE(!fresh.feed(0, some_tokens(2, 80, 3)));
    return fresh.logits;
  }();

  std::vector<token_id> tokens{1, 2, 3};
  std::vector<std::int32_t> positions{5, 6, 0}, logits_at{2}, types;
  std::vector<Row> rows{{a, 0, 2, 5}, {b, 2, 1, 0}};
  const auto refused = [&](const char* message) {
    const Fault f = forward.run({tokens, positions, rows, logits_at, types});
    BOOST_TEST(sentence(f) == message);
    BOOST_TEST(forward.cache.length(a) == 5);
    BOOST_TEST(forward.cache.length(b) == 0);
    BOOST_TEST(forward.cache.free_positions() == free);
    BOOST_TEST(forward.queue.mark() == 0u);
    tokens = {1, 2, 3}, positions = {5, 6, 0}, logits_at = {2}, types = {};
    rows = {{a, 0, 2, 5}, {b, 2, 1, 0}};
  };
  positions = {5, 6};
  refused("StepBatch.positions: one a token: expected 3, found 2");
  tokens[1] = 80;
  refused("StepBatch.tokens: ids below[1]: expected 80, found 80");
  tokens[0] = -1;
  refused("StepBatch.tokens: ids below[0]: expected 80, found -1");
  positions[2] = -1;
  refused("StepBatch.positions: below[2]: expected 64, found -1");
  positions[2] = 64;
  refused("StepBatch.positions: below[2]: expected 64, found 64");
  types = {0, 0, 0};
  refused("StepBatch.types: below[0]: expected 0, found 0");
  rows[1].first = 1;
  refused("StepBatch.rows.first: rows follow one another[1]: expected 2, found 1");
  rows[0].count = 0;
  refused("StepBatch.rows.first: rows follow one another[0]: expected 0, found 0");
  rows[1].count = -1;
  refused("StepBatch.rows.first: rows follow one another[1]: expected 2, found 2");
  rows[1].count = 2147483647;
  refused("StepBatch.rows.first: rows follow one another[1]: expected 2, found 2");
  rows[1].adapter = 1;
  refused("StepBatch.rows.adapter: adapters loaded[1]: expected 0, found 1");
  rows.pop_back();
  refused("StepBatch.tokens: tokens in rows: expected 2, found 3");
  logits_at = {0, 3};
  refused("StepBatch.logits_at: below[1]: expected 3, found 3");
  logits_at = {-1};
  refused("StepBatch.logits_at: below[0]: expected 3, found -1");
  rows[0].past = 4;
  refused("StepBatch.rows.past: positions the cache holds[0]: expected 5, found 4");
  rows[1].sequence = 7;
  refused("StepBatch.rows.past: positions the cache holds[1]: expected -1, found 0");
  rows[1] = {a, 2, 1, 5};
  refused("StepBatch.rows.sequence: stands in another row too[1]");

  // A later row that finds no room undoes the ones before it.
  const auto many = some_tokens(21, 80);
  std::vector<std::int32_t> long_positions(23);
  for (int i = 0; i < 23; ++i) long_positions[std::size_t(i)] = i < 2 ? 5 + i : i - 2;
  tokens = {1, 2};
  tokens.insert(tokens.end(), many.begin(), many.end());
  positions = long_positions;
  rows[1].count = 21;
  refused("cache: positions of a sequence, at most[1]: expected 20, found 21");

  // Cancelled before the first layer, and within.
  std::atomic<bool> cancel{true};
  forward.queue.cancel_on(&cancel);
  refused("forward: cancelled before layer[0]");
  for (const int at : {0, 1}) {
    cancel = false;
    CancelIn tap{cancel, at};
    BOOST_TEST(sentence(model.forward(forward.queue, {tokens, positions, rows, logits_at}, forward.cache,
                                      forward.logits.data(), tap)) ==
               "forward: cancelled before layer[" + std::to_string(at + 1) + "]");
    BOOST_TEST(forward.cache.length(a) == 5);
    BOOST_TEST(forward.cache.length(b) == 0);
    BOOST_TEST(forward.cache.free_positions() == free);
    BOOST_TEST(forward.queue.mark() == 0u);
  }
  forward.queue.cancel_on(nullptr);

  BOOST_REQUIRE(!forward.feed(a, some_tokens(2, 80, 3)));
  BOOST_TEST((forward.logits == after));
}

BOOST_AUTO_TEST_CASE(scratch_that_is_too_small_is_a_fault) {
  using Model = Transformer<Bare, fp32, Fixed<support::small_llama>>;
  using Filled = Transformer<Reference, fp32, Fixed<support::small_llama>>;
  const auto owner = random_model<Filled>({});
  const Model model({}, {}, owner.weights());
  std::vector<std::byte> keys(contiguous_cache_bytes(model.spec(), 1, 16)), scratch(model.plan(4, 4, 1).scratch - 1);
  ContiguousCache<Bare> cache(model.spec(), 16, BorrowedMemory(keys));
  Bare::Queue queue{BorrowedMemory(scratch)};
  FixedStepBuilder<8> step;
  step.add(cache, cache.create(), some_tokens(4, 96), 1);
  std::vector<float> logits(96);
  const Fault f = model.forward(queue, step.batch(), cache, logits.data());
  BOOST_TEST(sentence(f) == "scratch: bytes of one step: expected " + std::to_string(scratch.size() + 1) + ", found " +
                                std::to_string(scratch.size()));
  BOOST_TEST(cache.length(0) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
