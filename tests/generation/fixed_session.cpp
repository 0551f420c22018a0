// This program's operator new counts: a session takes nothing from the heap.
#include "skald/generation/fixed_session.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>

#include "generation/heap.hpp"
#include "skald/backend/bare.hpp"
#include "skald/backend/reference.hpp"
#include "skald/generation/generate.hpp"
#include "skald/logits/repetition_penalty.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_k.hpp"
#include "skald/logits/top_p.hpp"
#include "skald/ops/bare/kernels.hpp"
#include "skald/sampling/multinomial.hpp"
#include "support/bare_on_heap.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

namespace {

std::atomic<long> allocations{0};

void* counted(std::size_t n, std::size_t alignment) {
  ++allocations;
  return std::aligned_alloc(alignment, (n + alignment) / alignment * alignment);
}

}  // namespace

void* operator new(std::size_t n) {
  if (void* p = counted(n, alignof(std::max_align_t))) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return counted(n, alignof(std::max_align_t)); }
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return counted(n, std::size_t(a));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }

long test::allocations_so_far() { return allocations; }

BOOST_AUTO_TEST_SUITE(generation_fixed_session)

using namespace skald;
using Tokens = std::vector<token_id>;

namespace {

/// What is said in a session and by generate() on the same weights; the heap is not touched meanwhile.
template <const ModelSpec& S, class P, std::int32_t Chunk, class T = float, class Rule, class Sampler>
void check_session(const Rule& rule, const Sampler& sampler, token_id eos = -1) {
  using Owner = Transformer<support::BareOnHeap, P, Fixed<S>>;
  using Tiny = Transformer<Bare, P, Fixed<S>>;
  using TheSession = FixedSession<Tiny, Rule, Sampler, 48, Chunk, T>;
  SpecialTokens special;
  if (eos >= 0) special.eos.push_back(eos);
  const auto owner = support::random_model<Owner>({}, {}, {}, special);
  const Tiny tiny({}, {}, owner.weights(), special);
  const auto session = std::make_unique<TheSession>(tiny, rule, sampler);
  BOOST_TEST(sizeof(TheSession) >= TheSession::memory.total());
  const Tokens first{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5}, second{2, 7};
  for (const Tokens& prompt : {first, second, first}) {
    for (const std::int32_t most : {20, 1, 1000}) {
      const long before = allocations;
      BOOST_REQUIRE(!session->start(prompt, most));
      int steps = 0;
      while (!session->finished()) {
        BOOST_REQUIRE(!session->step());
        ++steps;
      }
      const long taken = allocations - before;
      BOOST_TEST(taken == 0);
      const std::int32_t fits = std::min(most, 48 - std::int32_t(prompt.size()));
      auto there = Session<Owner, T>::create(owner, {.context = 48});
      const GenerateOutput out =
          unwrap(try_generate_on(there, Prompts(prompt), rule, sampler, {.max_new_tokens = fits}));
      const Tokens said(session->new_ids().begin(), session->new_ids().end());
      BOOST_TEST(said == Tokens(out.new_tokens(0).begin(), out.new_tokens(0).end()));
      BOOST_TEST((session->reason() == out.finish_reasons[0]));
      BOOST_TEST(steps == int((prompt.size() + Chunk - 1) / Chunk + said.size() - 1));
    }
  }
  BOOST_TEST(session->scratch_peak() > 0u);
  BOOST_TEST(session->scratch_peak() <= TheSession::memory.scratch);
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_says_what_generate_says_without_a_heap) {
  check_session<support::small_llama, fp32, 8>(chain(), Greedy{});
  check_session<support::small_llama, fp32, 3>(RepetitionPenalty{1.2f} | Temperature{0.8f} | TopK{20} | TopP{0.9f},
                                               Multinomial{.seed = 4}, 7);
  check_session<support::small_gpt2, int8, 1>(chain(TopK{5}), Multinomial{.seed = 9});
  check_session<support::small_llama, int8, 8, Int8Group>(chain(), Greedy{});
  check_session<support::small_gpt2, nf4, 4, Int8Group>(chain(TopK{5}), Multinomial{.seed = 9});
}

BOOST_AUTO_TEST_CASE(the_count_counts) {
  const long before = allocations;
  std::make_unique<int>(1);
  HostMemory memory;
  BOOST_REQUIRE(!HostMemory::allocate(1, memory));
  BOOST_TEST(allocations - before == 2);
}

BOOST_AUTO_TEST_CASE(prompts_and_tokens_that_are_refused) {
  using Owner = Transformer<Reference, fp32, Fixed<support::small_llama>>;
  using Tiny = Transformer<Bare, fp32, Fixed<support::small_llama>>;
  const auto owner = support::random_model<Owner>({});
  const Tiny tiny({}, {}, owner.weights());
  FixedSession<Tiny, Chain<>, Greedy, 12, 4> session(tiny, chain(), Greedy{});
  BOOST_TEST(Error(session.start({})).message() == "prompt: tokens, at most: expected 11, found 0");
  BOOST_TEST(Error(session.start(Tokens(12, 1))).message() == "prompt: tokens, at most: expected 11, found 12");
  BOOST_TEST(Error(session.start(Tokens{1}, 0)).message() == "max_new_tokens: at least: expected 1, found 0");
  BOOST_TEST(Error(session.start(Tokens{1}, -2147483647)).message() ==
             "max_new_tokens: at least: expected 1, found -2147483647");
  const Tokens wrong{1, 96};
  BOOST_REQUIRE(!session.start(wrong));
  BOOST_TEST((session.step().code == FaultCode::out_of_range));
  BOOST_TEST(session.new_ids().empty());
  BOOST_REQUIRE(!session.start(Tokens(11, 1)));
  for (int i = 0; i < 3; ++i) BOOST_REQUIRE(!session.step());
  BOOST_TEST(session.finished());
  BOOST_TEST((session.reason() == FinishReason::length));
  BOOST_TEST(!session.step());
}

BOOST_AUTO_TEST_SUITE_END()
