#include "skald/ops/reproducible.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/linear_cases.hpp"
#include "skald/cpu.hpp"
#include "support/forward.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(ops_reproducible)

using namespace skald;

namespace {

static_assert(HeapBackend<Reproducible<Cpu>> && HeapBackend<Reproducible<Reference>>);

template <class B>
std::vector<float> logits_on(B backend, std::span<const token_id> tokens, const ModelSpec& spec) {
  using Lm = Transformer<B, OneOf<fp32, bf16, int8, nf4>, FromConfig>;
  return support::logits_of(support::random_model<Lm>(FromConfig{spec}, backend, {}, {}, true), tokens);
}

}  // namespace

BOOST_AUTO_TEST_CASE(products_of_every_precision_and_view) {
  auto q = test::cpu_queue();
  test::check_linear<ReproducibleKernels>(q);
}

BOOST_AUTO_TEST_CASE(the_same_bits_on_any_number_of_threads_and_any_level) {
  for (const ModelSpec* spec : {&support::small_llama, &support::small_mixtral, &support::small_gpt2}) {
    const auto tokens = support::some_tokens(7, 64);
    const auto expected = logits_on(Reproducible<Reference>{}, tokens, *spec);
    for (int threads : {1, 2, 3})
      for (InstructionSet level : {InstructionSet::portable, InstructionSet::avx2, InstructionSet::best})
        BOOST_TEST((logits_on(Reproducible<Cpu>{{.threads = threads, .instruction_set = level, .worth_threads = 0}},
                              tokens, *spec) == expected));
  }
}

// Twelve tokens in one step, in steps of one, and in uneven steps.
BOOST_AUTO_TEST_CASE(the_same_bits_in_any_batch) {
  using Lm = Transformer<Reproducible<Cpu>, OneOf<fp32, bf16, int8, nf4>, FromConfig>;
  const Lm lm = support::random_model<Lm>(FromConfig{support::small_llama}, {{.threads = 2, .worth_threads = 0}}, {},
                                          {}, true);
  const auto tokens = support::some_tokens(12, 96);
  const auto vocab = std::size_t(lm.vocab_size());
  const auto whole = support::logits_of(lm, tokens);
  BOOST_REQUIRE(whole.size() == 12 * vocab);
  for (const std::vector<std::size_t>& steps : {std::vector<std::size_t>(12, 1), std::vector<std::size_t>{1, 8, 3}}) {
    support::Forward<Lm> forward(lm);
    const SeqId sequence = forward.cache.create();
    std::size_t from = 0;
    for (const std::size_t n : steps) {
      BOOST_REQUIRE(!forward.feed(sequence, std::span(tokens).subspan(from, n)));
      BOOST_REQUIRE(forward.logits.size() == n * vocab);
      for (std::size_t i = 0; i < n * vocab; ++i) BOOST_REQUIRE(forward.logits[i] == whole[from * vocab + i]);
      from += n;
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
