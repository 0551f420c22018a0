// Fixed chains and samplers never ask for memory: this program's operator new counts.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdlib>
#include <new>

#include "logits/test_row.hpp"
#include "skald/logits/any_processor.hpp"
#include "skald/logits/min_p.hpp"
#include "skald/logits/repetition_penalty.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_k.hpp"
#include "skald/logits/top_p.hpp"
#include "skald/sampling/greedy.hpp"
#include "skald/sampling/multinomial.hpp"

namespace {

std::atomic<long> allocations{0};

}  // namespace

void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(n ? n : 1);
}
void* operator new(std::size_t n) {
  if (void* p = operator new(n, std::nothrow)) return p;
  std::abort();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

BOOST_AUTO_TEST_SUITE(sampling_no_heap)

using namespace skald;

namespace {

struct Parity {
  struct State {
    bool odd = false;
  };
  State start(const RowContext& c) const { return {c.ids.size() % 2 != 0}; }
  void operator()(LogitsRow& row, const RowContext&, State& s) const {
    row.keep_if([&](float, token_id t) { return (t % 2 != 0) == s.odd; });
  }
  void accept(token_id, State& s) const { s.odd = !s.odd; }
};

template <class Rule>
long allocations_of(const Rule& rule) {
  std::mt19937 random(1);
  test::RowBuffers b(test::random_scores(random, 5000, 0));
  const std::vector<token_id> ids{1, 2, 3, 2, 1};
  const long before = allocations;
  LogitsRow row = b.row();
  const RowContext context{.ids = ids};
  auto state = rule.start(context);
  auto fork = state;
  rule(row, context, fork);
  const Multinomial sampler{.seed = 1};
  rule.accept(sampler(row, random_key(sampler, 0, 0)), fork);
  rule.accept(Greedy{}(row, {}), state);
  row.dense();
  return allocations - before;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_fixed_chain_never_allocates) {
  const auto lower_three = [](float v, token_id t) { return t == 3 ? v - 1 : v; };
  const auto rule = RepetitionPenalty{1.1f} | Temperature{0.7f} | lower_three | Parity{} | TopK{300} | TopP{0.9f} |
                    MinP{0.05f};
  BOOST_TEST(allocations_of(rule) == 0);
  BOOST_TEST(allocations_of(chain()) == 0);
}

BOOST_AUTO_TEST_CASE(the_count_counts) {
  AnyProcessor any;
  any.add(TopK{3});
  BOOST_TEST(allocations_of(chain(any)) > 0);
}

BOOST_AUTO_TEST_SUITE_END()
