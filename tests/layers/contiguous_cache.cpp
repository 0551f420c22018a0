#include "skald/layers/contiguous_cache.hpp"

#include <boost/test/unit_test.hpp>

#include "layers/cache_model.hpp"
#include "skald/backend/bare.hpp"
#include "skald/backend/reference.hpp"
#include "skald/precision/int8_group.hpp"
#include "support/matrices.hpp"
#include "support/specs.hpp"

BOOST_AUTO_TEST_SUITE(layers_contiguous_cache)

using namespace skald;
using test::text;
using test::Watched;

namespace {

template <class T = float, int Most = 16>
ContiguousCache<Reference, T, Most> cache_for(int sequences, int context, std::size_t more = 0) {
  HostMemory memory;
  const ModelSpec spec = support::small_spec();
  BOOST_REQUIRE(!HostMemory::allocate(contiguous_cache_bytes<T>(spec, sequences, context) + more, memory));
  return {spec, context, std::move(memory)};
}

inline constexpr ModelSpec fixed = support::small_spec();

}  // namespace

BOOST_AUTO_TEST_CASE(as_many_sequences_as_the_memory_holds) {
  BOOST_TEST(KvCache<ContiguousCache<Reference>>);
  BOOST_TEST(contiguous_cache_bytes(fixed, 3, 10) == 3u * 10 * cache_bytes_per_token(fixed));
  BOOST_TEST(contiguous_cache_bytes<fp16_t>(fixed, 3, 10) == 3u * 10 * cache_bytes_per_token(fixed, 2));
  // 32 numbers in 36 bytes, the widest position of this spec in a few of them.
  const std::size_t groups = std::size_t(elements_for<Int8Group>(fixed.decoder.kv_width()));
  BOOST_TEST(contiguous_cache_bytes<Int8Group>(fixed, 3, 10) == 3u * 10 * 2 * fixed.decoder.layers * 36 * groups);
  BOOST_TEST(cache_for(3, 10).sequences() == 3);
  BOOST_TEST(cache_for(3, 10, 500).sequences() == 3);
  BOOST_TEST(cache_for(20, 10).sequences() == 16);
  BOOST_TEST((cache_for<float, 2>(20, 10).sequences() == 2));
  BOOST_TEST(cache_for(3, 10).context() == 10);
  ContiguousCache<Reference> none(fixed, 10, HostMemory());
  BOOST_TEST(none.create() == -1);
  ContiguousCache<Reference> no_context(fixed, 0, HostMemory());
  BOOST_TEST(no_context.create() == -1);
}

BOOST_AUTO_TEST_CASE(places_are_given_and_taken_back) {
  auto cache = cache_for(2, 10);
  Watched watched(cache, 2);
  const SeqId a = watched.create(), b = watched.create();
  BOOST_TEST((a >= 0 && b >= 0 && a != b));
  BOOST_TEST(cache.create() == -1);
  BOOST_TEST(cache.fork(a) == -1);
  BOOST_TEST(text(watched.extend(a, 4)) == "");
  BOOST_TEST(text(watched.extend(b, 7)) == "");
  watched.drop(a);
  BOOST_TEST(cache.length(a) == -1);
  const SeqId again = watched.fork(b);
  BOOST_TEST(again == a);
  BOOST_TEST(cache.length(again) == 7);
  BOOST_TEST(watched.same());
}

BOOST_AUTO_TEST_CASE(a_fork_has_a_past_of_its_own) {
  auto cache = cache_for(3, 10);
  Watched watched(cache, 2);
  const SeqId a = watched.create();
  BOOST_TEST(text(watched.extend(a, 5)) == "");
  const SeqId b = watched.fork(a);
  BOOST_TEST(watched.rewind(a, 2));
  BOOST_TEST(text(watched.extend(a, 3)) == "");
  BOOST_TEST(text(watched.extend(b, 1)) == "");
  BOOST_TEST(watched.same());
}

BOOST_AUTO_TEST_CASE(room_is_all_or_nothing) {
  auto cache = cache_for(2, 10);
  Watched watched(cache, 2);
  watched.create();
  const SeqId s = watched.create();
  BOOST_TEST(text(watched.extend(s, 7)) == "");
  const Fault f = watched.extend(s, 4);
  BOOST_TEST((f.code == FaultCode::out_of_range));
  BOOST_TEST(text(f) == "cache: positions of a sequence, at most[1]: expected 10, found 11");
  BOOST_TEST(text(watched.extend(s, INT32_MAX)) ==
             "cache: positions of a sequence, at most[1]: expected 10, found 2147483654");
  BOOST_TEST(watched.same());
  BOOST_TEST(text(watched.extend(s, 3)) == "");
  BOOST_TEST(text(watched.extend(s, 0)) == "");
  BOOST_TEST(watched.same());
}

BOOST_AUTO_TEST_CASE(rewinding) {
  auto cache = cache_for(1, 10);
  Watched watched(cache, 2);
  const SeqId s = watched.create();
  BOOST_TEST(text(watched.extend(s, 6)) == "");
  BOOST_TEST(!watched.rewind(s, 7));
  BOOST_TEST(!watched.rewind(s, -1));
  BOOST_TEST(watched.same());
  BOOST_TEST(watched.rewind(s, 6));
  BOOST_TEST(watched.rewind(s, 1));
  BOOST_TEST(watched.same());
  BOOST_TEST(watched.rewind(s, 0));
  BOOST_TEST(cache.length(s) == 0);
}

BOOST_AUTO_TEST_CASE(sequences_that_do_not_exist) {
  auto cache = cache_for(2, 10);
  const SeqId s = cache.create();
  for (SeqId other : {-1, 1, 2, 1000}) {
    BOOST_TEST(cache.length(other) == -1);
    BOOST_TEST(cache.fork(other) == -1);
    BOOST_TEST(!cache.rewind(other, 0));
    cache.drop(other);
  }
  BOOST_TEST(text(cache.extend(1, 1)) == "cache: no such sequence[1]");
  BOOST_TEST(cache.length(s) == 0);
  BOOST_TEST(cache.create() == 1);
}

BOOST_AUTO_TEST_CASE(elements_of_16_bits) {
  auto cache = cache_for<fp16_t>(2, 9);
  BOOST_TEST(cache.sequences() == 2);
  Watched watched(cache, 2);
  const SeqId a = watched.create();
  BOOST_TEST(text(watched.extend(a, 9)) == "");
  const SeqId b = watched.fork(a);
  BOOST_TEST(watched.rewind(b, 3));
  BOOST_TEST(text(watched.extend(b, 6)) == "");
  BOOST_TEST(watched.same());
}

BOOST_AUTO_TEST_CASE(memory_of_the_callers) {
  alignas(64) static std::byte memory[contiguous_cache_bytes(fixed, 2, 8)];
  ContiguousCache<Bare, float, 4> cache(fixed, 8, BorrowedMemory(memory));
  BOOST_TEST(cache.sequences() == 2);
  Watched watched(cache, 2);
  const SeqId a = watched.create(), b = watched.create();
  BOOST_TEST(text(watched.extend(a, 8)) == "");
  BOOST_TEST(text(watched.extend(b, 8)) == "");
  BOOST_TEST(watched.same());
  const auto last = cache.view(1, b);
  const auto* end = reinterpret_cast<const std::byte*>(last.value(7) + last.width);
  BOOST_TEST(end == memory + sizeof memory);
}

BOOST_AUTO_TEST_SUITE_END()
