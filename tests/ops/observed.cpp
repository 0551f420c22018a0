#include "skald/ops/observed.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>

#include "skald/backend/reference.hpp"
#include "skald/cpu.hpp"
#include "support/forward.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(ops_observed)

using namespace skald;

namespace {

struct Sums {
  struct Sum {
    long calls = 0;
    double bytes = 0, flops = 0, nanoseconds = 0;
  };
  std::map<std::string, Sum> of;

  void operator()(const Operation& op, std::chrono::nanoseconds time) {
    Sum& sum = of[op.name];
    ++sum.calls;
    sum.bytes += op.bytes;
    sum.flops += op.flops;
    sum.nanoseconds += double(time.count());
  }
};

static_assert(HeapBackend<Observed<Cpu, Sums>> && HeapBackend<Observed<Reference, Sums>>);

template <class B>
std::vector<float> logits_on(B backend, std::span<const token_id> tokens, const ModelSpec& spec) {
  return support::logits_of(support::random_model<Transformer<B, bf16, FromConfig>>(FromConfig{spec}, backend), tokens);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_operation_with_its_bytes_and_flops) {
  const auto tokens = support::some_tokens(5, 96);
  Sums sums;
  const auto seen = logits_on(Observed<Reference, Sums>{{}, &sums}, tokens, support::small_llama);
  BOOST_TEST((seen == logits_on(Reference{}, tokens, support::small_llama)));

  // Three layers: query, key and value together, the output, gate and up together, down; and the head.
  const ModelSpec& s = support::small_llama;
  const BlockSpec& b = s.decoder.kinds[0];
  const double layers = s.decoder.layers, n = 5, h = s.hidden_size, q = b.attention.q_width(),
               kv = b.attention.kv_width(), f = b.feed_forward.inner, vocab = s.vocab_size;
  BOOST_TEST(sums.of["linear"].calls == long(4 * layers + 1));
  const double weights = layers * (h * (q + 2 * kv) + q * h + 3 * h * f), head = vocab * h;
  BOOST_TEST(sums.of["linear"].flops == 2 * (n * weights + n * head));
  const double rows = n * (layers * (h + q + 2 * kv + q + h + h + 2 * f + f + h) + h + vocab);
  BOOST_TEST(sums.of["linear"].bytes == 2 * (weights + head) + 4 * rows);
  BOOST_TEST(sums.of["attention"].calls == long(layers));
  BOOST_TEST(sums.of["attention"].flops == layers * 4 * q * (1 + 2 + 3 + 4 + 5));
  BOOST_TEST(sums.of["attention"].bytes == layers * 4 * (2 * n * kv + 2 * n * q));
  BOOST_TEST(sums.of["embed"].calls == 1);
  BOOST_TEST(sums.of["norm"].calls == long(2 * layers + 1));
  BOOST_TEST(sums.of["store"].calls == long(layers));
  for (const auto& [name, sum] : sums.of) BOOST_TEST((sum.nanoseconds > 0 && sum.bytes > 0), name);
}

BOOST_AUTO_TEST_CASE(experts_and_other_kernels_are_seen_on_the_processor) {
  const auto tokens = support::some_tokens(4, 64);
  Sums sums;
  const auto seen =
      logits_on(Observed<Cpu, Sums>{{.threads = 2, .worth_threads = 0}, &sums}, tokens, support::small_mixtral);
  BOOST_TEST((seen == logits_on(Cpu{.threads = 2}, tokens, support::small_mixtral)));
  for (const char* name : {"linear", "linear_selected", "route", "combine", "activate_gated", "rope", "rope_table",
                           "add", "gather", "scale_logits"})
    BOOST_TEST(sums.of[name].calls > 0, name);
}

BOOST_AUTO_TEST_CASE(nobody_looks) {
  const auto tokens = support::some_tokens(3, 96);
  BOOST_TEST((logits_on(Observed<Cpu, Sums>{{.threads = 1}}, tokens, support::small_llama) ==
              logits_on(Cpu{.threads = 1}, tokens, support::small_llama)));
}

BOOST_AUTO_TEST_SUITE_END()
