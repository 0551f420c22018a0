#include "skald/backend/host_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>

#include "skald/backend/host_memory.hpp"
#include "skald/core/error.hpp"
#include "support/matrices.hpp"

BOOST_AUTO_TEST_SUITE(backend_host_queue)

using namespace skald;

namespace {

using Lanes = std::tuple<HostLane<HostMemory>, HostLane<BorrowedMemory>>;

alignas(64) std::byte room[4096];

/// A lane with 4096 bytes.
template <class Lane>
Lane ready() {
  if constexpr (std::is_same_v<Lane, HostLane<BorrowedMemory>>) {
    return Lane(BorrowedMemory(room));
  } else {
    Lane lane;
    BOOST_REQUIRE(!lane.reserve(sizeof room));
    return lane;
  }
}

std::string text(const Fault& f) { return Error(f).message(); }

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(scratch_is_a_stack_of_whole_cache_lines, Lane, Lanes) {
  BOOST_TEST(Queue<Lane>);
  Lane q = ready<Lane>();
  BOOST_TEST(q.mark() == 0u);
  float* a = q.template take<float>(1);
  std::uint8_t* b = q.template take<std::uint8_t>(65);
  double* c = q.template take<double>(0);
  double* d = q.template take<double>(8);
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(a) % 64 == 0u);
  BOOST_TEST(reinterpret_cast<std::byte*>(b) - reinterpret_cast<std::byte*>(a) == 64);
  BOOST_TEST(reinterpret_cast<std::byte*>(c) - reinterpret_cast<std::byte*>(b) == 128);
  BOOST_TEST(c == d);
  BOOST_TEST(q.mark() == 256u);
  q.release(64);
  BOOST_TEST(q.mark() == 64u);
  BOOST_TEST(q.template take<std::uint8_t>(1) == b);
  BOOST_TEST(q.peak() == 256u);
  q.release(0);
  BOOST_TEST(q.template take<float>(3) == a);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(scopes_give_back_what_they_took, Lane, Lanes) {
  Lane q = ready<Lane>();
  q.template take<float>(10);
  {
    ScratchScope outer(q);
    float* first = q.template take<float>(10);
    {
      ScratchScope inner(q);
      q.template take<float>(100);
      BOOST_TEST(q.mark() == 64u + 64 + 448);
    }
    BOOST_TEST(q.mark() == 128u);
    BOOST_TEST(q.template take<float>(1) == first + 16);
  }
  BOOST_TEST(q.mark() == 64u);
  BOOST_TEST(q.peak() == 64u + 64 + 448);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(transfers_and_cancellation, Lane, Lanes) {
  Lane q = ready<Lane>();
  const float from[3] = {1, 2, 3};
  float* space = q.template take<float>(3);
  q.write(space, from, 3);
  float to[4] = {0, 0, 0, 9};
  q.read(to, space, 3);
  BOOST_TEST(!q.wait());
  BOOST_TEST((to[0] == 1 && to[1] == 2 && to[2] == 3 && to[3] == 9));
  BOOST_TEST(q.workers() == 1);

  BOOST_TEST(!q.cancelled());
  std::atomic<bool> stop{false};
  q.cancel_on(&stop);
  BOOST_TEST(!q.cancelled());
  stop = true;
  BOOST_TEST(q.cancelled());
  q.cancel_on(nullptr);
  BOOST_TEST(!q.cancelled());
}

BOOST_AUTO_TEST_CASE(owned_scratch_grows) {
  HostLane<HostMemory> q;
  BOOST_TEST(!q.reserve(0));
  BOOST_TEST(!q.reserve(100));
  q.take<std::byte>(64)[63] = std::byte{1};
  q.release(0);
  BOOST_TEST(!q.reserve(100000));
  q.take<std::byte>(100000)[99999] = std::byte{1};
  q.release(0);
  std::byte* before = q.take<std::byte>(1);
  q.release(0);
  BOOST_TEST(!q.reserve(5000));  // enough is there
  BOOST_TEST(q.take<std::byte>(1) == before);
}

BOOST_AUTO_TEST_CASE(more_than_the_machine_has_is_a_fault_and_the_lane_stays_as_it_was) {
  HostLane<HostMemory> q;
  BOOST_REQUIRE(!q.reserve(128));
  std::byte* before = q.take<std::byte>(1);
  q.release(0);
  const Fault f = q.reserve(std::size_t{1} << 62);
  BOOST_TEST((f.code == FaultCode::out_of_memory));
  BOOST_TEST(text(f) == "HostMemory: bytes asked for: expected 4611686018427387904, found 0");
  BOOST_TEST(q.take<std::byte>(1) == before);
}

BOOST_AUTO_TEST_CASE(borrowed_scratch_is_a_fault_beyond_its_end) {
  HostLane<BorrowedMemory> q{BorrowedMemory(room)};
  BOOST_TEST(!q.reserve(4096));
  const Fault f = q.reserve(4097);
  BOOST_TEST((f.code == FaultCode::out_of_memory));
  BOOST_TEST(text(f) == "scratch: bytes of one step: expected 4097, found 4096");
  BOOST_TEST((q.take<std::byte>(4096) == room));
  HostLane<BorrowedMemory> nothing;
  BOOST_TEST(!nothing.reserve(0));
  BOOST_TEST(text(nothing.reserve(1)) == "scratch: bytes of one step: expected 1, found 0");
}

BOOST_AUTO_TEST_CASE(borrowed_scratch_at_an_odd_address_is_a_fault) {
  HostLane<BorrowedMemory> q{BorrowedMemory(std::span(room).subspan(3))};
  const Fault f = q.reserve(1);
  BOOST_TEST((f.code == FaultCode::invalid_argument));
  BOOST_TEST(text(f) == "scratch: bytes its memory begins behind an aligned address: expected 0, found 3");
}

BOOST_AUTO_TEST_SUITE_END()
