// The code of docs/kv_caches.md.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "skald/cpu.hpp"
#include "skald/generation/generate.hpp"
#include "skald/layers/contiguous_cache.hpp"
#include "skald/model/pretrained.hpp"
#include "skald/precision/int8_group.hpp"

BOOST_AUTO_TEST_SUITE(docs_kv_caches)

using namespace skald;

BOOST_AUTO_TEST_CASE(the_cache_is_a_choice_of_the_session) {
  const std::string folder = SKALD_SOURCE_DIR "/examples/models/skald-tales-260k";
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(folder);
  using Lm = Transformer<Cpu, fp32>;
  const std::vector<token_id> prompt{0, 20, 30};
  // [half]
  auto half = Session<Lm, fp16_t>::create(lm, {.context = 256, .positions = 4096});        // half the bytes of float
  auto quarter = Session<Lm, Int8Group>::create(lm, {.context = 256, .positions = 4096});  // eight bits a number
  auto out = try_generate_on(half, prompt, chain(), Greedy{}, {.max_new_tokens = 16});
  // [/half]
  BOOST_REQUIRE(bool(out));
  BOOST_TEST(out->new_tokens(0).size() == 16u);
  const auto same = try_generate_on(quarter, prompt, chain(), Greedy{}, {.max_new_tokens = 16});
  BOOST_REQUIRE(bool(same));
  BOOST_TEST(same->sequences == out->sequences);

  // [engine]
  HostMemory room;
  if (Fault f = HostMemory::allocate(contiguous_cache_bytes(lm.spec(), 2, 128), room)) return;   // two sequences
  Engine engine(lm, lm.backend().queue(), ContiguousCache<Cpu>(lm.spec(), 128, std::move(room)));
  SampleSearch search(prompt, chain(), Greedy{}, stop_when(), {.max_length = 19});
  while (!search.finished())
    if (Fault f = engine.step(search)) return;
  // [/engine]
  BOOST_TEST(search.new_ids().size() == 16u);
}

BOOST_AUTO_TEST_CASE(sequences) {
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(SKALD_SOURCE_DIR "/examples/models/skald-tales-260k");
  PagedCache<Cpu> cache;
  BOOST_REQUIRE(!PagedCache<Cpu>::allocate(lm.spec(), 256, 1024, cache));
  // [sequences]
  const SeqId s = cache.create();
  static_cast<void>(cache.extend(s, 20));      // what forward does for the tokens of a step
  const SeqId twin = cache.fork(s);            // shares the 20 positions: no copy
  cache.rewind(twin, 10);                      // back to 10
  static_cast<void>(cache.extend(twin, 1));    // writes on: the block that both hold is copied first
  cache.drop(s);
  // [/sequences]
  BOOST_TEST(cache.length(twin) == 11);
  BOOST_TEST(cache.length(s) == -1);
  BOOST_TEST(cache.free_positions() == 1024 - 16);
}

BOOST_AUTO_TEST_SUITE_END()
