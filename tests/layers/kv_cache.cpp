#include "skald/layers/kv_cache.hpp"

#include <boost/test/unit_test.hpp>

#include "layers/cache_model.hpp"
#include "skald/backend/reference.hpp"
#include "skald/core/random.hpp"
#include "skald/layers/contiguous_cache.hpp"
#include "skald/layers/paged_cache.hpp"
#include "support/specs.hpp"

BOOST_AUTO_TEST_SUITE(layers_kv_cache)

using namespace skald;
using test::Watched;

namespace {

/// What happened in a run of random operations.
struct Tally {
  int faults = 0, full = 0, forks = 0, rewinds = 0, different = 0;
};

/// `steps` operations by the dice of `seed`, compared with the twin after each. `log` gets what a caller can see.
template <class Cache>
Tally play(Cache& cache, unsigned seed, int steps, std::vector<std::int64_t>& log) {
  Watched watched(cache, 2);
  Tally tally;
  std::uint32_t draw = 0;
  const auto roll = [&](std::size_t n) { return int(random_bits({seed, 0, draw++}) % n); };
  for (int i = 0; i < steps; ++i) {
    const auto all = watched.sequences();
    const int what = roll(10);
    if (all.empty() || what == 0) {
      const bool full = all.size() >= 6;  // what both have room for
      log.push_back(full ? -1 : watched.create() >= 0);
      tally.full += full;
    } else {
      const SeqId s = all[std::size_t(roll(all.size()))];
      if (what == 1) {
        watched.drop(s);
      } else if (what <= 3) {
        const bool full = all.size() >= 6;
        log.push_back(full ? -1 : watched.fork(s) >= 0);
        tally.forks += !full;
      } else if (what <= 5) {
        log.push_back(watched.rewind(s, roll(std::size_t(cache.length(s)) + 3)));
        tally.rewinds += int(log.back());
      } else {
        const Fault f = watched.extend(s, roll(9));
        log.push_back(f.found);
        tally.faults += bool(f);
      }
    }
    tally.different += !watched.same();
    for (SeqId s : watched.sequences()) log.push_back(cache.length(s));
  }
  for (SeqId s : watched.sequences()) watched.drop(s);
  return tally;
}

}  // namespace

BOOST_AUTO_TEST_CASE(random_operations_are_the_same_in_every_cache) {
  const ModelSpec spec = support::small_spec();
  for (unsigned seed = 0; seed < 12; ++seed)
    for (int block : {1, 3, 8}) {
      HostMemory memory;
      BOOST_REQUIRE(!HostMemory::allocate(contiguous_cache_bytes(spec, 6, 20), memory));
      ContiguousCache<Reference> contiguous(spec, 20, std::move(memory));
      PagedCache<Reference> paged;
      BOOST_REQUIRE(!PagedCache<Reference>::allocate(spec, 20, 6 * 24, paged, block));
      std::vector<std::int64_t> first, second;
      const Tally a = play(contiguous, seed, 300, first), b = play(paged, seed, 300, second);
      BOOST_TEST(a.different == 0);
      BOOST_TEST(b.different == 0);
      BOOST_TEST((first == second));
      BOOST_TEST((a.faults > 5 && a.forks > 5 && a.rewinds > 5));
      BOOST_TEST(paged.free_positions() == 6 * 24);
    }
}

BOOST_AUTO_TEST_CASE(random_operations_with_too_few_blocks) {
  const ModelSpec spec = support::small_spec();
  int faults = 0;
  for (unsigned seed = 100; seed < 112; ++seed)
    for (int block : {2, 5}) {
      PagedCache<Reference> paged;
      BOOST_REQUIRE(!PagedCache<Reference>::allocate(spec, 20, 30, paged, block));
      std::vector<std::int64_t> log;
      const Tally tally = play(paged, seed, 300, log);
      BOOST_TEST(tally.different == 0);
      BOOST_TEST(paged.free_positions() == 30);
      faults += tally.faults;
    }
  BOOST_TEST(faults > 500);
}

BOOST_AUTO_TEST_CASE(the_widest_layer_decides) {
  ModelSpec spec = support::small_spec();
  spec.decoder.kind_of[0] = 1;
  spec.decoder.kinds[1].attention.kv_heads = 4;
  const CacheShape<float> shape(spec);
  BOOST_TEST(shape.layers == 2);
  BOOST_TEST(shape.width == 24);
  BOOST_TEST(CacheShape<float>(ModelSpec{}).layers == 0);
}

BOOST_AUTO_TEST_SUITE_END()
