#include "skald/generation/session.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <type_traits>
#include <vector>

#include "generation/heap.hpp"
#include "skald/cpu.hpp"
#include "skald/generation/generate.hpp"
#include "skald/generation/sample_search.hpp"
#include "skald/generation/session_file.hpp"
#include "skald/layers/contiguous_cache.hpp"
#include "skald/precision/int8_group.hpp"
#include "skald/sampling/greedy.hpp"
#include "support/forward.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(generation_session)

using namespace skald;

namespace {

/// Says `tokens` after a prompt of 11, and returns how often the heap was asked meanwhile.
template <class Model>
long say(Session<Model>& session, std::int32_t tokens) {
  std::vector<token_id> ids{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5};
  ids.reserve(ids.size() + std::size_t(tokens));
  SequenceSettings settings;
  settings.max_length = std::int32_t(ids.size()) + tokens;
  SampleSearch search(std::move(ids), chain(), Greedy{}, stop_when(), settings);
  const long before = test::allocations_so_far();
  while (!search.finished()) BOOST_REQUIRE(!session.step(search));
  search.release(session.engine().cache());
  return test::allocations_so_far() - before;
}

}  // namespace

BOOST_AUTO_TEST_CASE(steps_ask_nothing_of_the_heap_once_it_is_warm) {
  for (const int threads : {1, 2}) {
    using Model = Transformer<Cpu, bf16, FromConfig>;
    Cpu cpu{.threads = threads, .worth_threads = 0};
    cpu.prepare();
    const auto model = support::random_model<Model>(FromConfig{support::small_llama}, cpu);
    auto session = Session<Model>::create(model, {512, 512});
    const long first = say(session, 300);
    BOOST_TEST(first > 0);
    BOOST_TEST(first < 40);  // rooms grow by factors, not by steps
    BOOST_TEST(say(session, 300) == 0);
  }
}

/// The numbers of the cache in eight bits: logits stay near, and sequences stay their own.
BOOST_AUTO_TEST_CASE(keys_and_values_in_eight_bits) {
  using Model = Transformer<Cpu, fp32, FromConfig>;
  const auto model = support::random_model<Model>(FromConfig{support::small_llama}, Cpu{.threads = 2});
  const auto tokens = support::some_tokens(40, model.vocab_size());
  const auto last_logits = [&]<class T>(std::type_identity<T>) {
    PagedCache<Cpu, T> cache;
    BOOST_REQUIRE(!(PagedCache<Cpu, T>::allocate(model.spec(), 64, 64, cache)));
    std::vector<float> logits(std::size_t(model.vocab_size()));
    auto queue = model.backend().queue();
    StepBuilder builder;
    builder.add(cache, cache.create(), tokens, 1);
    BOOST_REQUIRE(!model.forward(queue, builder.batch(), cache, logits.data()));
    BOOST_REQUIRE(!queue.wait());
    return logits;
  };
  const auto exact = last_logits(std::type_identity<float>{}), near = last_logits(std::type_identity<Int8Group>{});
  float largest = 0, error = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    largest = std::max(largest, std::fabs(exact[i]));
    error = std::max(error, std::fabs(exact[i] - near[i]));
  }
  BOOST_TEST(error > 0);
  BOOST_TEST(error < 0.02f * largest);

  const auto ask = [&](const Prompts& prompts) {
    auto session = Session<Model, Int8Group>::create(model, {.context = 100, .positions = 800});
    return unwrap(try_generate_on(session, prompts, chain(), Greedy{}, {.max_new_tokens = 12})).sequences;
  };
  const std::vector<token_id> a{3, 1, 4, 1, 5}, b{9, 2, 6}, c{5};
  const auto together = ask(std::vector{a, b, c});
  BOOST_TEST(together[0] == ask(a)[0]);
  BOOST_TEST(together[1] == ask(b)[0]);
  BOOST_TEST(together[2] == ask(c)[0]);
}

/// What lies behind a sliding window is given back and never missed: the tokens are those of a cache that keeps all.
BOOST_AUTO_TEST_CASE(far_beyond_a_window) {
  auto spec = support::small_llama;
  for (auto& kind : spec.decoder.kinds) kind.attention.window = 9;
  using Model = Transformer<Cpu, fp32, FromConfig>;
  const auto model = support::random_model<Model>(FromConfig{spec}, Cpu{.threads = 1});
  const std::vector<token_id> prompt = support::some_tokens(20, model.vocab_size());
  const auto say = [&](auto cache) {
    Engine engine(model, model.backend().queue(), std::move(cache));
    SampleSearch search(prompt, chain(), Greedy{}, stop_when(), {.max_length = 400});
    while (!search.finished()) BOOST_REQUIRE(!engine.step(search));
    return std::vector<token_id>(search.new_ids().begin(), search.new_ids().end());
  };
  PagedCache<Cpu> paged;
  BOOST_REQUIRE(!PagedCache<Cpu>::allocate(spec, 512, 176, paged));  // less than the sequence, more than is seen
  HostMemory room;
  BOOST_REQUIRE(!HostMemory::allocate(contiguous_cache_bytes(spec, 1, 512), room));
  BOOST_TEST(say(std::move(paged)) == say(ContiguousCache<Cpu>(spec, 512, std::move(room))));

  auto session = Session<Model>::create(model, {.context = 512, .positions = 512});
  BOOST_REQUIRE(bool(try_generate_on(session, prompt, chain(), Greedy{}, {.max_new_tokens = 300})));
  const auto refused = try_fork_session(session);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message().starts_with("session: positions behind the sliding window were given back"));
}

BOOST_AUTO_TEST_SUITE_END()
