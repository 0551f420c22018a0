// One model, many threads. Few includes: this file is also built with the thread sanitiser.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "skald/cpu.hpp"
#include "skald/generation/generate.hpp"
#include "skald/sampling/multinomial.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(generation_threads)

using namespace skald;

namespace {

using Model = Transformer<Cpu, fp32, FromConfig>;
using Tokens = std::vector<token_id>;

Model make(int threads) {
  return support::random_model<Model>(FromConfig{support::small_llama}, Cpu{.threads = threads, .worth_threads = 0});
}

Tokens prompt_of(int i) { return {token_id(i), 3, 1, token_id(2 * i), 5, 9, 2, 6, token_id(i)}; }

std::vector<Tokens> generated(const Model& model, int i) {
  const GenerateOptions options{.max_new_tokens = 16,
                                .num_beams = i % 3 == 1 ? 3 : 1,
                                .prompt_lookup_num_tokens = i % 3 == 2 ? 4 : 0};
  if (i % 3 == 0)
    return generate(model, prompt_of(i), chain(), Multinomial{.seed = std::uint64_t(i)}, options).sequences;
  return generate(model, prompt_of(i), chain(), Greedy{}, options).sequences;
}

}  // namespace

BOOST_AUTO_TEST_CASE(many_sessions_share_one_model) {
  Model model = make(2);
  std::vector<std::vector<Tokens>> expected, found(12);
  for (int i = 0; i < 12; ++i) expected.push_back(generated(model, i));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = t; i < 12; i += 4) found[std::size_t(i)] = generated(model, i);
    });
  for (std::thread& t : threads) t.join();
  BOOST_TEST((found == expected));
  BOOST_TEST((generated(make(1), 5) == expected[5]));
}

BOOST_AUTO_TEST_CASE(another_thread_cancels_and_the_search_goes_on) {
  const Model model = make(2);
  using Search = SampleSearch<Chain<>, Greedy, AnyOf<EosToken, MaxLength>>;
  SequenceSettings settings;
  settings.max_length = 100;
  Search whole(Tokens(60, 7), chain(), Greedy{}, {}, settings);
  auto session = Session<Model>::create(model);
  while (!whole.finished()) BOOST_REQUIRE(!session.step(whole));

  std::atomic<bool> cancel{false}, done{false};
  session.engine().queue().cancel_on(&cancel);
  std::thread other([&] {
    // Not for ever: where a step takes longer than the pause, none would ever end.
    for (int times = 0; times < 500 && !done; ++times) {
      cancel = true;
      std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
  });
  while (!cancel) std::this_thread::yield();  // a search is over before a thread has begun
  Search search(Tokens(60, 7), chain(), Greedy{}, {}, settings);
  int cancelled = 0;
  while (!search.finished()) {
    const Fault f = session.step(search);
    if (!f) continue;
    BOOST_REQUIRE((f.code == FaultCode::cancelled));
    ++cancelled;
    cancel = false;
  }
  done = true;
  other.join();
  BOOST_TEST(cancelled > 0);
  BOOST_TEST(Tokens(search.ids().begin(), search.ids().end()) == Tokens(whole.ids().begin(), whole.ids().end()));
}

BOOST_AUTO_TEST_SUITE_END()
