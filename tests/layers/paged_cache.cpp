#include "skald/layers/paged_cache.hpp"

#include <boost/test/unit_test.hpp>

#include "layers/cache_model.hpp"
#include "skald/backend/reference.hpp"
#include "support/specs.hpp"

BOOST_AUTO_TEST_SUITE(layers_paged_cache)

using namespace skald;
using test::text;
using test::Watched;

namespace {

template <class T = float>
PagedCache<Reference, T> cache_for(std::int64_t positions, int context, int block) {
  PagedCache<Reference, T> cache;
  BOOST_REQUIRE(!(PagedCache<Reference, T>::allocate(support::small_spec(), context, positions, cache, block)));
  return cache;
}

}  // namespace

BOOST_AUTO_TEST_CASE(room_is_counted_in_blocks) {
  BOOST_TEST(KvCache<PagedCache<Reference>>);
  auto cache = cache_for(17, 30, 4);  // 5 blocks
  BOOST_TEST(cache.free_positions() == 20);
  BOOST_TEST(cache.context() == 30);
  BOOST_TEST(cache.block_size() == 4);
  Watched watched(cache, 2);
  const SeqId a = watched.create(), b = watched.create();
  BOOST_TEST(cache.free_positions() == 20);
  BOOST_TEST(text(watched.extend(a, 1)) == "");
  BOOST_TEST(cache.free_positions() == 16);
  BOOST_TEST(text(watched.extend(a, 3)) == "");
  BOOST_TEST(cache.free_positions() == 16);
  BOOST_TEST(text(watched.extend(b, 9)) == "");
  BOOST_TEST(cache.free_positions() == 4);
  BOOST_TEST(watched.same());
  BOOST_TEST(watched.rewind(b, 8));
  BOOST_TEST(cache.free_positions() == 8);
  watched.drop(a);
  BOOST_TEST(cache.free_positions() == 12);
  BOOST_TEST(watched.same());
  BOOST_TEST(watched.create() == a);
}

BOOST_AUTO_TEST_CASE(a_fork_shares_its_past_and_copies_one_block_when_it_writes_on) {
  auto cache = cache_for(40, 40, 4);
  Watched watched(cache, 2);
  const SeqId a = watched.create();
  BOOST_TEST(text(watched.extend(a, 6)) == "");
  const std::int64_t before = cache.free_positions();
  const SeqId b = watched.fork(a);
  BOOST_TEST(cache.free_positions() == before);
  for (int l : {0, 1}) {
    BOOST_TEST(cache.view(l, a).key(0) == cache.view(l, b).key(0));
    BOOST_TEST(cache.view(l, a).key(5) == cache.view(l, b).key(5));
  }
  BOOST_TEST(text(watched.extend(b, 1)) == "");
  BOOST_TEST(cache.free_positions() == before - 4);
  BOOST_TEST(cache.view(0, a).key(3) == cache.view(0, b).key(3));
  BOOST_TEST(cache.view(0, a).key(4) != cache.view(0, b).key(4));
  BOOST_TEST(text(watched.extend(a, 1)) == "");  // the last owner writes where it is
  BOOST_TEST(cache.free_positions() == before - 4);
  BOOST_TEST(watched.same());
  watched.drop(a);
  BOOST_TEST(watched.same());
  watched.drop(b);
  BOOST_TEST(cache.free_positions() == 40);
}

BOOST_AUTO_TEST_CASE(whole_shared_blocks_are_never_copied) {
  auto cache = cache_for(40, 40, 4);
  Watched watched(cache, 2);
  const SeqId a = watched.create();
  BOOST_TEST(text(watched.extend(a, 8)) == "");
  const SeqId b = watched.fork(a);
  const std::int64_t before = cache.free_positions();
  BOOST_TEST(text(watched.extend(b, 0)) == "");
  BOOST_TEST(cache.free_positions() == before);
  BOOST_TEST(text(watched.extend(b, 1)) == "");
  BOOST_TEST(cache.free_positions() == before - 4);
  BOOST_TEST(cache.view(0, a).key(7) == cache.view(0, b).key(7));
  // Back inside a shared block: the next write must not be seen by the other.
  BOOST_TEST(watched.rewind(b, 6));
  BOOST_TEST(text(watched.extend(b, 2)) == "");
  BOOST_TEST(cache.view(0, a).key(5) != cache.view(0, b).key(5));
  BOOST_TEST(watched.same());
}

BOOST_AUTO_TEST_CASE(room_is_all_or_nothing) {
  auto cache = cache_for(12, 10, 4);  // 3 blocks
  Watched watched(cache, 2);
  const SeqId a = watched.create(), b = watched.create();
  BOOST_TEST(text(watched.extend(a, 5)) == "");
  const Fault f = watched.extend(b, 6);
  BOOST_TEST((f.code == FaultCode::out_of_memory));
  BOOST_TEST(text(f) == "cache: free blocks[1]: expected 2, found 1");
  BOOST_TEST(cache.free_positions() == 4);
  BOOST_TEST(text(watched.extend(a, 6)) == "cache: positions of a sequence, at most[0]: expected 10, found 11");
  BOOST_TEST(text(watched.extend(a, INT32_MAX)) ==
             "cache: positions of a sequence, at most[0]: expected 10, found 2147483652");
  BOOST_TEST(watched.same());
  const SeqId c = watched.fork(a);
  BOOST_TEST(text(watched.extend(c, 4)) == "cache: free blocks[2]: expected 2, found 1");  // one to copy, one more
  BOOST_TEST(text(watched.extend(c, 3)) == "");
  BOOST_TEST(text(watched.extend(b, 1)) == "cache: free blocks[1]: expected 1, found 0");
  BOOST_TEST(watched.same());
}

BOOST_AUTO_TEST_CASE(rewinding) {
  auto cache = cache_for(20, 20, 4);
  Watched watched(cache, 2);
  const SeqId s = watched.create();
  BOOST_TEST(text(watched.extend(s, 9)) == "");
  BOOST_TEST(!watched.rewind(s, 10));
  BOOST_TEST(!watched.rewind(s, -1));
  BOOST_TEST(watched.rewind(s, 9));
  BOOST_TEST(watched.same());
  BOOST_TEST(watched.rewind(s, 4));
  BOOST_TEST(cache.free_positions() == 16);
  BOOST_TEST(watched.same());
  BOOST_TEST(watched.rewind(s, 0));
  BOOST_TEST(cache.free_positions() == 20);
  BOOST_TEST(cache.view(0, s).length == 0);
}

BOOST_AUTO_TEST_CASE(sequences_that_do_not_exist) {
  auto cache = cache_for(20, 20, 4);
  const SeqId s = cache.create();
  const SeqId dropped = cache.create();
  cache.drop(dropped);
  for (SeqId other : {-1, dropped, 2, 1000}) {
    BOOST_TEST(cache.length(other) == -1);
    BOOST_TEST(cache.fork(other) == -1);
    BOOST_TEST(!cache.rewind(other, 0));
    cache.drop(other);
  }
  BOOST_TEST(text(cache.extend(1, 1)) == "cache: no such sequence[1]");
  BOOST_TEST(cache.length(s) == 0);
  BOOST_TEST(cache.free_positions() == 20);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_allocated) {
  auto cache = cache_for(20, 20, 4);
  const SeqId s = cache.create();
  BOOST_REQUIRE(!cache.extend(s, 3));
  const auto allocate = [&](std::int64_t positions, int block) {
    return text(PagedCache<Reference>::allocate(support::small_spec(), 20, positions, cache, block));
  };
  BOOST_TEST(allocate(20, 0) == "cache: block_size, 1 to 2^16: expected 1, found 0");
  BOOST_TEST(allocate(20, 65537) == "cache: block_size, 1 to 2^16: expected 65536, found 65537");
  BOOST_TEST(allocate(-1, 4) == "cache: positions, 0 to 2^31: expected 0, found -1");
  BOOST_TEST(allocate(std::int64_t{1} << 40, 4) ==
             "cache: positions, 0 to 2^31: expected 2147483648, found 1099511627776");
  ModelSpec wide = support::small_spec();
  wide.decoder.layers = 192;
  wide.decoder.kinds[0].attention.head_dim = 1 << 22;  // 12 GiB a position
  for (std::int64_t positions : {std::int64_t{1} << 24, std::int64_t{1} << 31}) {
    const Fault f = PagedCache<Reference>::allocate(wide, 20, positions, cache, 4);
    BOOST_TEST((f.code == FaultCode::out_of_memory));
  }
  BOOST_TEST(text(PagedCache<Reference>::allocate(wide, 20, std::int64_t{1} << 31, cache, 4)) ==
             "cache: blocks, at most: expected 178956970, found 536870912");
  BOOST_TEST(cache.length(s) == 3);  // as it was
  BOOST_TEST(cache.free_positions() == 16);
  PagedCache<Reference> nothing;
  BOOST_TEST(!PagedCache<Reference>::allocate(support::small_spec(), 20, 0, nothing));
  BOOST_TEST(text(nothing.extend(nothing.create(), 1)) == "cache: free blocks[0]: expected 1, found 0");
}

BOOST_AUTO_TEST_CASE(elements_of_16_bits_in_blocks_of_one) {
  auto cache = cache_for<bf16_t>(9, 9, 1);
  Watched watched(cache, 2);
  const SeqId a = watched.create();
  BOOST_TEST(text(watched.extend(a, 5)) == "");
  const SeqId b = watched.fork(a);
  BOOST_TEST(text(watched.extend(b, 4)) == "");
  BOOST_TEST(watched.same());
  BOOST_TEST(cache.free_positions() == 0);
}

/// Behind a window that every layer has, blocks are given back: of one sequence, and of forks when the last has passed.
BOOST_AUTO_TEST_CASE(blocks_behind_a_window_are_given_back) {
  constexpr int window = 10, block = 4, back = PagedCache<Reference>::rewindable;
  auto spec = support::small_spec();
  for (auto& kind : spec.decoder.kinds) kind.attention.window = window;
  PagedCache<Reference> cache;
  BOOST_REQUIRE(!PagedCache<Reference>::allocate(spec, 4000, 800, cache, block));
  const SeqId a = cache.create();
  std::vector<float> written;
  const auto write_on = [&](SeqId s, int n) {
    BOOST_REQUIRE_EQUAL(text(cache.extend(s, n)), "");
    for (int l : {0, 1})
      for (int p = cache.length(s) - n; p < cache.length(s); ++p) cache.view(l, s).key(p)[0] = float(p + 10000 * l);
  };
  const auto seen = [&](SeqId s, int from) {
    for (int l : {0, 1})
      for (int p = std::max(0, from); p < cache.length(s); ++p)
        if (cache.view(l, s).key(p)[0] != float(p + 10000 * l)) return false;
    return true;
  };
  for (int i = 0; i < 600; ++i) {
    write_on(a, 1);
    BOOST_REQUIRE(seen(a, cache.length(a) - window - back));
    BOOST_REQUIRE_LE(800 - cache.free_positions(), window + back + 3 * block);
  }
  const std::int64_t free = cache.free_positions();
  const SeqId b = cache.fork(a);
  BOOST_TEST(cache.free_positions() == free);
  for (int i = 0; i < 300; ++i) write_on(b, 1);
  BOOST_TEST(seen(a, cache.length(a) - window - back));  // what a still sees is there
  BOOST_TEST(seen(b, cache.length(b) - window - back));
  BOOST_TEST(800 - cache.free_positions() <= 2 * (window + back + 3 * block));
  // Drafts are taken back; what was given back does not come again.
  BOOST_TEST(cache.rewind(b, cache.length(b) - back));
  BOOST_TEST(seen(b, cache.length(b) - window + 1));
  BOOST_TEST(!cache.rewind(b, 100));
  BOOST_TEST(cache.length(b) == 900 - back);
  write_on(b, 300);  // a long piece at once
  BOOST_TEST(seen(b, cache.length(b) - 300 - window));
  BOOST_TEST(cache.rewind(b, 0));
  write_on(b, 20);
  BOOST_TEST(seen(b, 0));
  cache.drop(a);
  cache.drop(b);
  BOOST_TEST(cache.free_positions() == 800);
  // One layer that sees everything keeps everything.
  spec.decoder.kind_of[1] = 1;
  spec.decoder.kinds[1].attention.window = 0;
  BOOST_REQUIRE(!PagedCache<Reference>::allocate(spec, 4000, 800, cache, block));
  write_on(cache.create(), 1);
  for (int i = 0; i < 500; ++i) write_on(0, 1);
  BOOST_TEST(seen(0, 0));
}

BOOST_AUTO_TEST_SUITE_END()
