#include "skald/layers/cross_cache.hpp"

#include <boost/test/unit_test.hpp>

#include "layers/cache_model.hpp"
#include "skald/backend/reference.hpp"
#include "skald/layers/contiguous_cache.hpp"
#include "skald/layers/paged_cache.hpp"
#include "support/specs.hpp"

BOOST_AUTO_TEST_SUITE(layers_cross_cache)

using namespace skald;
using test::text;
using test::Watched;

namespace {

/// Memory that says how many bytes are held.
struct CountedMemory : HostMemory {
  static inline std::int64_t held = 0;
  static Fault allocate(std::size_t bytes, CountedMemory& out) {
    if (bytes > std::size_t{1} << 30) return fault(FaultCode::out_of_memory, "bytes", std::int64_t(bytes), 0);
    CountedMemory made;
    if (Fault f = HostMemory::allocate(bytes, made)) return f;
    held += std::int64_t(bytes);
    out = std::move(made);
    return {};
  }
  CountedMemory() = default;
  CountedMemory(CountedMemory&& other) noexcept : HostMemory(std::move(other)) {}
  CountedMemory& operator=(CountedMemory&& other) noexcept {
    held -= std::int64_t(size());
    HostMemory::operator=(std::move(other));
    return *this;
  }
  ~CountedMemory() { held -= std::int64_t(size()); }
};
struct Counted : Reference {
  using Memory = CountedMemory;
};

template <class T = float>
using Cache = CrossCache<PagedCache<Counted, T>>;

template <class T = float>
Cache<T> cache_for(std::int64_t positions = 64) {
  PagedCache<Counted, T> inner;
  BOOST_REQUIRE(!(PagedCache<Counted, T>::allocate(support::small_spec(), 32, positions, inner, 4)));
  return {support::small_spec(), std::move(inner)};
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_was_read_goes_with_the_last_sequence_that_sees_it) {
  auto cache = cache_for();
  const std::int64_t before = CountedMemory::held;
  const ModelSpec spec = support::small_spec();
  const std::int64_t a_token = spec.decoder.layers * 2 * spec.decoder.kv_width() * std::int64_t(sizeof(float));
  std::int32_t block = -1, other = -1;
  const SeqId a = cache.create(), b = cache.create();
  BOOST_TEST(cache.cross_length(a) == 0);
  BOOST_REQUIRE(!cache.open(9, block));
  BOOST_TEST(CountedMemory::held == before + 9 * a_token);
  cache.see(a, {block, 0, 6});
  cache.see(b, {block, 6, 3});
  const SeqId fork = cache.fork(a);
  BOOST_TEST(CountedMemory::held == before + 9 * a_token);  // nothing was copied
  BOOST_TEST(cache.cross_length(fork) == 6);
  for (int l = 0; l < spec.decoder.layers; ++l) {
    BOOST_TEST(cache.cross_view(l, fork).key(5) == cache.cross_view(l, a).key(5));
    BOOST_TEST(cache.cross_view(l, b).key(0) == cache.cross_view(l, a).key(6));
    BOOST_TEST(cache.cross_view(l, b).value(2) - cache.cross_view(l, b).key(2) == 9 * spec.decoder.kv_width());
  }
  cache.drop(a);
  cache.drop(b);
  BOOST_TEST(CountedMemory::held == before + 9 * a_token);
  BOOST_REQUIRE(!cache.open(2, other));  // beside the one that is still seen
  BOOST_TEST(other != block);
  cache.close(block);                    // somebody sees it: stays
  BOOST_TEST(CountedMemory::held == before + 11 * a_token);
  cache.close(other);
  cache.drop(fork);
  cache.drop(fork);
  BOOST_TEST(CountedMemory::held == before);
  // A sequence of the same number has read nothing.
  BOOST_TEST(cache.cross_length(cache.create()) == 0);
  BOOST_TEST(cache.cross_length(99) == 0);
}

BOOST_AUTO_TEST_CASE(to_see_something_else_forgets_what_was_seen) {
  auto cache = cache_for<fp16_t>();
  const std::int64_t before = CountedMemory::held;
  std::int32_t first = -1, second = -1;
  const SeqId s = cache.create();
  BOOST_REQUIRE(!cache.open(5, first));
  cache.see(s, {first, 0, 5});
  const std::int64_t one = CountedMemory::held - before;
  cache.see(s, {first, 1, 2});
  BOOST_TEST(cache.cross_length(s) == 2);
  BOOST_REQUIRE(!cache.open(5, second));
  cache.see(s, {second, 0, 5});
  BOOST_TEST(CountedMemory::held == before + one);
  BOOST_TEST((cache.open(1 << 30, first).code == FaultCode::out_of_memory));
  BOOST_TEST(CountedMemory::held == before + one);
}

BOOST_AUTO_TEST_CASE(the_rest_is_the_cache_inside) {
  BOOST_TEST(KvCache<Cache<>>);
  auto cache = cache_for(16);
  Watched watched(cache, support::small_spec().decoder.layers);
  const SeqId a = watched.create();
  BOOST_TEST(text(watched.extend(a, 6)) == "");
  const SeqId b = watched.fork(a);
  BOOST_TEST(text(watched.extend(b, 2)) == "");
  BOOST_TEST(watched.rewind(b, 7));
  BOOST_TEST(watched.same());
  BOOST_TEST((cache.extend(b, 30).code == FaultCode::out_of_range));
  BOOST_TEST((cache.extend(99, 1).code == FaultCode::out_of_range));
  BOOST_TEST(cache.context() == 32);
  BOOST_TEST(cache.length(99) == -1);
  BOOST_TEST(cache.fork(99) == -1);
  // Without room for a fork there is none, and nothing is seen twice.
  using Inner = ContiguousCache<Counted>;
  CountedMemory room;
  BOOST_REQUIRE(!CountedMemory::allocate(contiguous_cache_bytes(support::small_spec(), 1, 8), room));
  CrossCache<Inner> one(support::small_spec(), Inner(support::small_spec(), 8, std::move(room)));
  const std::int64_t before = CountedMemory::held;
  std::int32_t block = -1;
  const SeqId s = one.create();
  BOOST_REQUIRE(!one.open(3, block));
  one.see(s, {block, 0, 3});
  BOOST_TEST(one.fork(s) == -1);
  one.drop(s);
  BOOST_TEST(CountedMemory::held == before);
}

BOOST_AUTO_TEST_SUITE_END()
