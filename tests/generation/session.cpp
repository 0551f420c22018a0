#include "skald/generation/session.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

#include "generation/heap.hpp"
#include "skald/cpu.hpp"
#include "skald/generation/sample_search.hpp"
#include "skald/sampling/greedy.hpp"
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

BOOST_AUTO_TEST_SUITE_END()
